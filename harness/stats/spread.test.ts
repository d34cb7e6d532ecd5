import { describe, expect, test } from "vitest";
import { stream } from "#harness/random/stream.ts";
import { bcaBounds, bootstrapDistribution, expandedBounds, percentileBounds, quantile } from "./bootstrap.ts";
import { logGamma, normalCdf, normalQuantile, tQuantile, twoSidedT } from "./distributions.ts";
import { holm, pairedT, permutationTest, signFlipTest, welchT } from "./hypothesis.ts";
import { pairedBootstrap } from "./paired.ts";
import { wilson } from "./proportion.ts";
import golden from "./statistics.golden.json" with { type: "json" };
import { interval, mean, percentileOf, sampleSd } from "./summary.ts";

const random = () => stream(1, "test");
const expectRelative = (value: number, wanted: number, tolerance: number): void =>
  expect(Math.abs(value - wanted)).toBeLessThanOrEqual(tolerance * Math.abs(wanted) + 1e-300);

describe("distribution functions agree with scipy", () => {
  const { distributions } = golden;
  test("normal and its quantiles", () => {
    for (const [x = 0, wanted = 0] of distributions.normalCdf) expectRelative(normalCdf(x), wanted, 1e-10);
    for (const [p = 0, wanted = 0] of distributions.normalQuantile)
      expect(normalQuantile(p)).toBeCloseTo(wanted, 9);
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
  });

  test("Student's t and its quantiles", () => {
    for (const [t = 0, freedom = 0, wanted = 0] of distributions.twoSidedT)
      expectRelative(twoSidedT(t, freedom), wanted, 1e-9);
    for (const [p = 0, freedom = 0, wanted = 0] of distributions.tQuantile)
      expectRelative(tQuantile(p, freedom), wanted, 1e-9);
  });

  test("log gamma", () => {
    for (const [x = 0, wanted = 0] of distributions.logGamma) expect(logGamma(x)).toBeCloseTo(wanted, 10);
  });

  test("Wilson's interval, also at shares of 0 and 1", () => {
    for (const [count = 0, items = 0, low = 0, high = 0] of distributions.wilson) {
      const found = wilson(count, items);
      expect(found.low).toBeCloseTo(low, 10);
      expect(found.high).toBeCloseTo(high, 10);
    }
    expect(() => wilson(3, 2)).toThrow(/no share/);
  });
});

describe("bootstrap", () => {
  test.each(golden.bootstrap)(
    "percentile and BCa intervals agree with scipy's many resamples (set %#)",
    ({ values, percentile, bca }) => {
      const distribution = bootstrapDistribution(values, mean, random());
      // Few values are enumerated here and drawn there; many are drawn on both sides.
      const tolerance = values.length <= 8 ? 0.03 : 0.06;
      const found = {
        percentile: percentileBounds(distribution),
        bca: bcaBounds(distribution, values, mean),
      };
      for (const [bounds, [low = 0, high = 0]] of [
        [found.percentile, percentile],
        [found.bca, bca],
      ] as const) {
        expectRelative(bounds.low, low, tolerance);
        expectRelative(bounds.high, high, tolerance);
      }
    },
  );

  test("few values are enumerated: the distribution of the mean of 0, 0, 3 is binomial", () => {
    const { values, upTo } = bootstrapDistribution([0, 0, 3], mean, random());
    const weightAt = (at: number) =>
      values.reduce((sum, value, i) => (value === at ? sum + (upTo[i] ?? 0) - (upTo[i - 1] ?? 0) : sum), 0);
    expect([0, 1, 2, 3].map((at) => weightAt(at))).toEqual(
      [8, 12, 6, 1].map((count) => expect.closeTo(count / 27, 12)),
    );
    expect(upTo.at(-1)).toBeCloseTo(1, 12);
    expect(quantile({ values, upTo }, 8 / 27)).toBe(0);
    expect(quantile({ values, upTo }, 8 / 27 + 1e-6)).toBe(1);
  });

  test("the expanded interval of many values is Student's", () => {
    const source = random();
    const values = Array.from({ length: 200 }, () => source.normal());
    const half = (tQuantile(0.05, 199) * (sampleSd(values) ?? 0)) / Math.sqrt(200);
    const { low, high } = expandedBounds(bootstrapDistribution(values, mean, random()), 200);
    expect(Math.abs(low - (mean(values) - half))).toBeLessThan(0.06 * half);
    expect(Math.abs(high - (mean(values) + half))).toBeLessThan(0.06 * half);
  });

  test("equal values have an interval of no width, one value has none", () => {
    expect(interval([0.5, 0.5, 0.5])).toEqual({ mean: 0.5, low: 0.5, high: 0.5, n: 3 });
    expect(interval([0.5])).toBeNull();
    expect(interval([])).toBeNull();
  });

  test("the interval of three seeds is their range, and the order of the seeds does not matter", () => {
    expect(interval([0.84, 0.82, 0.85])).toEqual({
      mean: expect.closeTo(2.51 / 3, 12),
      low: expect.closeTo(0.82, 12),
      high: expect.closeTo(0.85, 12),
      n: 3,
    });
    const five = [0.81, 0.86, 0.84, 0.83, 0.85];
    const found = interval(five);
    expect(found?.low).toBeGreaterThan(0.81);
    expect(found?.high).toBeLessThan(0.86);
    expect(interval([...five].reverse())).toEqual({
      ...found,
      low: expect.closeTo(found?.low ?? 0, 12),
      high: expect.closeTo(found?.high ?? 0, 12),
      mean: expect.closeTo(0.838, 12),
    });
  });
});

test("mean, standard deviation and percentiles of a small sample", () => {
  expect(mean([2, 4, 9])).toBe(5);
  expect(sampleSd([2, 4, 9])).toBeCloseTo(Math.sqrt(13), 12);
  expect(sampleSd([2])).toBeNull();
  // numpy.percentile([1, 2, 3, 10], [0, 50, 95, 100])
  expect([0, 0.5, 0.95, 1].map((share) => percentileOf([10, 1, 3, 2], share))).toEqual([
    1,
    2.5,
    expect.closeTo(8.95, 12),
    10,
  ]);
});

describe("tests of no difference", () => {
  test.each(golden.tests)("agree with scipy (set %#)", (each) => {
    expect(permutationTest(each.a, each.b, random())).toBeCloseTo(each.permutation, 10);
    expect(welchT(each.a, each.b)).toBeCloseTo(each.welch, 9);
    if (each.paired === undefined || each.signFlip === undefined) return;
    const differences = each.a.map((value, i) => value - (each.b[i] ?? 0));
    expect(pairedT(differences)).toBeCloseTo(each.paired, 9);
    expect(signFlipTest(differences, random())).toBeCloseTo(each.signFlip, 10);
  });

  test("large samples are drawn: far apart gives the smallest p-value, equal gives a large one", () => {
    const low = Array.from({ length: 20 }, (_, i) => i);
    const high = low.map((value) => value + 100);
    expect(permutationTest(low, high, random())).toBeCloseTo(1 / 10_001, 9);
    expect(permutationTest(low, low, random())).toBe(1);
    expect(
      signFlipTest(
        low.map(() => 1),
        random(),
      ),
    ).toBeCloseTo(1 / 10_001, 4);
  });

  test("values without spread differ for certain or not at all", () => {
    expect(pairedT([2, 2, 2])).toBe(0);
    expect(pairedT([0, 0, 0])).toBe(1);
    expect(welchT([5, 5, 5], [7, 7, 7])).toBe(0);
    expect(pairedT([1])).toBeNull();
    expect(welchT([1], [1, 2])).toBeNull();
  });

  test("Holm's correction of a worked example, in the order given", () => {
    // 0.01 x 4, 0.02 x 3, 0.03 x 2, 0.04 x 1, each at least the one before.
    expect(holm([0.04, 0.01, 0.03, 0.02])).toEqual(
      [0.06, 0.04, 0.06, 0.06].map((p) => expect.closeTo(p, 12)),
    );
    expect(holm([0.9, 0.6])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});

describe("paired bootstrap", () => {
  const items = 400;
  const right = (seed: number, rate: number) => {
    const source = stream(seed, "items");
    return Uint8Array.from({ length: items }, () => (source.uniform() < rate ? 1 : 0));
  };
  const a = [1, 2, 3, 4, 5].map((seed) => right(seed, 0.9));
  const b = [6, 7, 8, 9, 10].map((seed) => right(seed, 0.8));

  test("gives the difference of the means and an interval that its items' standard error predicts", () => {
    const found = pairedBootstrap(a, b, "items", random());
    const perItem = Array.from({ length: items }, (_, i) =>
      mean(a.map((row, s) => (row[i] ?? 0) - (b[s]?.[i] ?? 0))),
    );
    const error = (sampleSd(perItem) ?? 0) / Math.sqrt(items);
    expect(found.difference).toBeCloseTo(mean(perItem), 12);
    expect(Math.abs(found.high - found.difference - 1.96 * error)).toBeLessThan(0.15 * 1.96 * error);
    expect(Math.abs(found.difference - found.low - 1.96 * error)).toBeLessThan(0.15 * 1.96 * error);
  });

  test("over seeds and items at once is wider than over either", () => {
    const width = (over: "items" | "seeds" | "both") => {
      const { low, high } = pairedBootstrap(a, b, over, random());
      return high - low;
    };
    expect(width("both")).toBeGreaterThan(width("items"));
    expect(width("both")).toBeGreaterThan(width("seeds"));
  });

  test("a method compared with itself differs by nothing, and unpaired runs are refused", () => {
    expect(pairedBootstrap(a, a, "both", random())).toMatchObject({
      difference: 0,
      low: 0,
      high: 0,
      seeds: 5,
      items,
    });
    expect(() => pairedBootstrap(a, b.slice(1), "items", random())).toThrow(/not pairs/);
    expect(() => pairedBootstrap([[1, 0]], [[1]], "items", random())).toThrow(/unequal test items/);
  });
});
