import { describe, expect, test } from "vitest";
import type { Measured } from "#harness/record/schema.ts";
import { calibrationError, calibrationOfLogits, logLoss, logLossOfLogits } from "./calibration.ts";
import { f1, matthews } from "./classification.ts";
import { accuracy, predictedClasses } from "./quality.ts";
import { auc, midranks, pearson, spearman } from "./ranking.ts";
import golden from "./statistics.golden.json" with { type: "json" };

/** The value, or a failure that shows the reason. */
const numberOf = (measured: Measured): number => {
  if ("value" in measured) return measured.value;
  throw new Error(`undefined: ${measured.undefined}`);
};

const permutations = (items: readonly number[]): number[][] =>
  items.length <= 1
    ? [[...items]]
    : items.flatMap((item, i) =>
        permutations(items.filter((_, j) => j !== i)).map((rest) => [item, ...rest]),
      );

describe("accuracy", () => {
  test("counts items whose highest score is the true class, ties to the lower index", () => {
    const scores = new Float32Array([0.2, 0.8, 0.5, 0.5, -1, -2, 0, 3]);
    expect([...predictedClasses(scores, 2)]).toEqual([1, 0, 0, 1]);
    expect(accuracy(scores, new Int32Array([1, 1, 0, 0]), 2)).toEqual({ value: 0.5 });
  });

  test("is undefined without items and for scores that are not finite", () => {
    expect(accuracy(new Float32Array(0), new Int32Array(0), 2)).toEqual({ undefined: "no items" });
    expect(accuracy(new Float32Array([Number.NaN, 1]), new Int32Array([1]), 2)).toHaveProperty("undefined");
  });

  test("refuses scores and targets of other lengths", () => {
    expect(() => accuracy(new Float32Array(4), new Int32Array(3), 2)).toThrow(/2 predictions for 3 targets/);
    expect(() => accuracy(new Float32Array(5), new Int32Array(2), 2)).toThrow(/no whole rows/);
  });
});

describe("Matthews correlation (case 15)", () => {
  test("mixed answers give 1/3", () => {
    expect(numberOf(matthews([1, 0, 0, 1, 1, 0], [1, 1, 0, 1, 0, 0]))).toBeCloseTo(1 / 3, 12);
  });

  test("one predicted class gives 0, the limit, and so does one true class", () => {
    expect(matthews([1, 1, 1], [1, 0, 1])).toEqual({ value: 0 });
    expect(matthews([1, 0, 1], [1, 1, 1])).toEqual({ value: 0 });
  });

  test("one class on both sides is undefined, right or wrong", () => {
    expect(matthews([1, 1, 1, 1, 1], [1, 1, 1, 1, 1])).toEqual({ undefined: "one class" });
    expect(matthews([0, 0, 0], [1, 1, 1])).toEqual({ undefined: "one class" });
  });
});

test.each(golden.classification)("Matthews and F1 agree with scikit-learn (set %#)", (each) => {
  expect(numberOf(matthews(each.guess, each.truth))).toBeCloseTo(each.matthews, 12);
  if (each.f1 !== undefined) expect(numberOf(f1(each.guess, each.truth))).toBeCloseTo(each.f1, 12);
});

test("F1 is 0 when every positive is missed and undefined when there is nothing to find or say", () => {
  expect(f1([0, 0, 1], [1, 1, 0])).toEqual({ value: 0 });
  expect(f1([0, 0], [0, 0])).toEqual({ undefined: "no positive items" });
});

describe("AUC (case 16)", () => {
  test("ties count the same in each of the 120 orders", () => {
    const labels = [1, 0, 1, 0, 1];
    const scores = [0.3, 0.7, 0.7, 0.3, 0.7];
    for (const order of permutations([0, 1, 2, 3, 4])) {
      const inOrder = (values: readonly number[]) => order.map((i) => values[i] ?? Number.NaN);
      expect(numberOf(auc(inOrder(scores), inOrder(labels)))).toBeCloseTo(0.583333, 6);
    }
  });

  test("constant scores give one half, one class and a score that is not a number give none", () => {
    expect(auc([0.4, 0.4, 0.4], [1, 0, 1])).toEqual({ value: 0.5 });
    expect(auc([0.1, 0.2], [0, 0])).toEqual({ undefined: "one class" });
    expect(auc([0.1, Number.NaN], [0, 1])).toEqual({ undefined: "a score is not finite" });
  });
});

describe("rank correlation with ties (case 18)", () => {
  const gold = [0, 0, 0, 5, 5, 2.5];
  const predicted = [0.9, 0.1, 0.1, 0.6, 0.8, 0.1];

  test("uses mean ranks, not the shortcut for untied ranks", () => {
    expect(numberOf(spearman(predicted, gold))).toBeCloseTo(0.26233, 6);
    expect(numberOf(pearson(predicted, gold))).toBeCloseTo(0.394941, 6);
  });

  test("is undefined for constant predictions and for constant truth", () => {
    expect(spearman([0.3, 0.3, 0.3, 0.3, 0.3, 0.3], gold)).toEqual({ undefined: "constant predictions" });
    // 0.1 has no exact binary form: its mean must not leave a spread behind.
    expect(pearson(new Array(7).fill(0.1), [1, 2, 3, 4, 5, 6, 7])).toEqual({
      undefined: "constant predictions",
    });
    expect(pearson([1, 2], [3, 3])).toEqual({ undefined: "constant targets" });
    expect(spearman([Number.POSITIVE_INFINITY, 1], [1, 2])).toEqual({ undefined: "a score is not finite" });
  });

  test("ranks start at 1 and tied values share the mean of theirs", () => {
    expect([...midranks([10, 20, 10, 5, 20, 20])]).toEqual([2.5, 5, 2.5, 1, 5, 5]);
  });
});

test.each(golden.ranking)("AUC, Pearson and Spearman agree with scikit-learn and scipy (set %#)", (each) => {
  expect(numberOf(auc(each.scores, each.labels))).toBeCloseTo(each.auc, 12);
  expect(numberOf(pearson(each.scores, each.values))).toBeCloseTo(each.pearson, 12);
  expect(numberOf(spearman(each.scores, each.values))).toBeCloseTo(each.spearman, 12);
});

describe("calibration error (case 20)", () => {
  test("a confidence of exactly 1 is in the last bin and one of exactly 0 in the first", () => {
    expect(numberOf(calibrationError([0.92, 1, 1], [1, 0, 1], 10))).toBeCloseTo(0.306667, 6);
    expect(numberOf(calibrationError([0.92, 1, 1, 0], [1, 0, 1, 0], 10))).toBeCloseTo(0.23, 12);
  });

  test("a confidence on a border belongs to the bin below it, whatever its product with the bins rounds to", () => {
    // 0.7 * 10 is 7.000000000000001 in some orders of operation; 0.61 shares its bin, 0.71 does not.
    expect(numberOf(calibrationError([0.7, 0.61], [1, 0], 10))).toBeCloseTo(Math.abs(0.7 - 1 + 0.61) / 2, 12);
    expect(numberOf(calibrationError([0.7, 0.71], [1, 0], 10))).toBeCloseTo((0.3 + 0.71) / 2, 12);
    for (let bin = 1; bin < 15; bin++) {
      const border = bin / 15;
      expect(numberOf(calibrationError([border, border - 0.01], [1, 0], 15))).toBeCloseTo(
        Math.abs(2 * border - 1.01) / 2,
        12,
      );
    }
  });

  test("of logits uses the highest probability and whether it is right", () => {
    // Two classes: softmax of (ln 3, 0) is (0.75, 0.25).
    const scores = new Float32Array([Math.log(3), 0, Math.log(3), 0, 0, Math.log(3), Math.log(3), 0]);
    expect(numberOf(calibrationOfLogits(scores, new Int32Array([0, 0, 1, 1]), 2))).toBeCloseTo(0, 6);
    expect(numberOf(calibrationOfLogits(scores, new Int32Array([1, 0, 1, 1]), 2))).toBeCloseTo(0.25, 6);
  });

  test("is undefined where a confidence is no probability", () => {
    expect(calibrationError([Number.NaN], [1])).toHaveProperty("undefined");
    expect(calibrationError([1.5], [1])).toHaveProperty("undefined");
    expect(calibrationError([], [])).toEqual({ undefined: "no items" });
  });
});

describe("log loss", () => {
  test("agrees with scikit-learn at the stated clip, sure errors among it", () => {
    expect(numberOf(logLoss(golden.logLoss.chances, golden.logLoss.labels))).toBeCloseTo(
      golden.logLoss.value,
      10,
    );
  });

  test("of logits agrees with scikit-learn on scipy's softmax", () => {
    const scores = new Float32Array(golden.logLoss.logits.flat());
    const targets = new Int32Array(golden.logLoss.targets);
    expect(numberOf(logLossOfLogits(scores, targets, 4))).toBeCloseTo(golden.logLoss.ofLogits, 6);
  });

  test("stays finite for probabilities 0 and 1: a sure error costs -ln 1e-7 (case 20)", () => {
    expect(numberOf(logLoss([0, 1], [1, 0]))).toBeCloseTo(16.11809565, 6);
    expect(numberOf(logLossOfLogits(new Float32Array([1000, -1000]), new Int32Array([1]), 2))).toBeCloseTo(
      16.11809565,
      6,
    );
  });
});
