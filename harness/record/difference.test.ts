// What counts as the same result: hand-made records that differ in one thing.
import { expect, test } from "vitest";
import { resultDifference } from "./difference.ts";
import type { Phase, RunRecord } from "./schema.ts";
import { sampleRecord, sampleResult } from "./testing/records.ts";

const curve = (stage: string, loss: number): RunRecord["curves"][number] => ({
  stage,
  training: { step: [1], loss: [loss], learningRate: [0.001] },
  validation: { step: [], loss: [], metric: [] },
});
const dense = (cached: boolean): Phase => ({
  name: "dense: train",
  kind: "dense",
  steps: 10,
  examples: 320,
  seconds: 1,
  cached,
});
const computed = (curves: RunRecord["curves"], phases: readonly Phase[]) => ({
  result: sampleResult(1, 10),
  curves,
  phases: [...phases, ...sampleRecord().phases.filter(({ kind }) => kind !== "dense")],
});

test("a dense checkpoint that was trained, and one that came from the cache, give the same result", () => {
  const trained = computed([curve("train", 0.9), curve("recover", 0.5)], [dense(false)]);
  const cached = computed([curve("recover", 0.5)], [dense(true)]);
  expect(resultDifference(cached, trained).parts).toEqual([]);
  const other = computed([curve("train", 0.9), curve("recover", 0.4)], [dense(false)]);
  expect(resultDifference(cached, other).parts).toEqual(["curves"]);
});

test("a stage of the run itself is compared, whatever its name", () => {
  const [a, b] = [computed([curve("train", 0.9)], []), computed([curve("train", 0.8)], [])];
  expect(resultDifference(a, b).parts).toEqual(["curves"]);
  expect(resultDifference(a, a).parts).toEqual([]);
});
