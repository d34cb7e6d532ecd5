import { expect, it } from "vitest";
import { METRICS, type MetricId } from "#harness/record/metrics.ts";
import { inSentence } from "./in-sentence.ts";

it("titles lose their capital inside a sentence, names and abbreviations do not", () => {
  const titles: readonly MetricId[] = ["accuracy", "f1", "matthews", "spearman", "auc", "deployed-bytes"];
  expect(titles.map((id) => inSentence(METRICS[id].title))).toEqual([
    "accuracy",
    "F1 of the positive class",
    "Matthews correlation",
    "Spearman correlation",
    "area under the ROC curve",
    "deployed size",
  ]);
});
