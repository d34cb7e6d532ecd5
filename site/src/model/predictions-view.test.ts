import { expect, it } from "vitest";
import { packArray } from "#harness/record/pack.ts";
import type { Predictions } from "#harness/record/schema.ts";
import { formulasIn } from "./costs-by-formula.ts";
import { predictionsView } from "./predictions-view.ts";

/** Logits that say class `said` for an item. */
const logits = (said: readonly number[], targets: readonly number[], classes: number): Predictions => ({
  kind: "logits",
  scores: packArray(
    Float32Array.from(
      said.flatMap((guess) => Array.from({ length: classes }, (_, k) => (k === guess ? 2 : 0))),
    ),
    [said.length, classes],
  ),
  targets: packArray(Int32Array.from(targets), [targets.length]),
});

it("few classes give a confusion matrix whose rows are the true classes", () => {
  const view = predictionsView(logits([0, 1, 1, 0, 1], [0, 0, 1, 1, 1], 2), ["bad", "good"], "test");
  expect(view).toEqual({
    kind: "confusion",
    classes: ["bad", "good"],
    counts: [
      [1, 1],
      [1, 2],
    ],
  });
});

it("many classes give the most frequent mistakes, the right answers left out", () => {
  const view = predictionsView(logits([3, 3, 3, 7, 0], [5, 5, 3, 2, 0], 20), null, "test");
  expect(view).toEqual({
    kind: "mistakes",
    items: 5,
    wrong: 3,
    pairs: [
      { truth: "class 5", said: "class 3", count: 2 },
      { truth: "class 2", said: "class 7", count: 1 },
    ],
  });
});

it("scores give a histogram: by label for clicks, of errors for values", () => {
  const scores = packArray(Float32Array.from([-2, 0, 1, 3]), [4]);
  const of = (targets: Float32Array | Int32Array) =>
    predictionsView({ kind: "scores", scores, targets: packArray(targets, [4]) }, null, "test");
  expect(of(Int32Array.from([0, 0, 1, 1]))).toMatchObject({
    kind: "histogram",
    groups: ["label 0", "label 1"],
  });
  expect(of(Float32Array.from([0.1, 0.2, 0.3, 0.9]))).toMatchObject({
    kind: "histogram",
    text: "Predicted less true value.",
  });
});

it("the formula of a method's costs is cut out of its source whole, brackets balanced", () => {
  const source =
    "return run({\n  model,\n  count: (fanIn, fanOut) => rank * (fanIn + fanOut),\n  declared: {\n    a: f([1, 2]),\n    b,\n  },\n});";
  expect(formulasIn(source)).toEqual([
    "count: (fanIn, fanOut) => rank * (fanIn + fanOut)",
    "declared: {\n  a: f([1, 2]),\n  b,\n}",
  ]);
});
