import { afterAll, beforeAll, expect, test } from "vitest";
import { makeToy } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { makeCalibration } from "./calibration.ts";
import { evaluate } from "./evaluate.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine("onnx");
});
afterAll(async () => engine.dispose());

test("outputs of a split are its scores and what enters the head, in the split's order, and are counted", async () => {
  const toy = await makeToy(engine);
  const calibration = makeCalibration(toy.run, toy.model);
  const { validation, train } = toy.run.data;
  const found = await calibration.outputs("validation");
  const { scores } = await evaluate(engine, toy.run.task, toy.model, validation);
  expect(found.scores).toEqual(scores);
  expect(found.targets).toEqual(validation.targets);
  expect([found.items, found.features.length]).toEqual([16, 16 * 8]);
  // The head's map of the features is the scores.
  const [weight, bias] = await Promise.all(toy.model.head.module.params().map((param) => param.read()));
  for (let item = 0; item < found.items; item++) {
    for (let k = 0; k < 2; k++) {
      let sum = bias?.[k] ?? 0;
      for (let d = 0; d < 8; d++) sum += (found.features[item * 8 + d] ?? 0) * (weight?.[d * 2 + k] ?? 0);
      expect(found.scores[item * 2 + k]).toBeCloseTo(sum, 5);
    }
  }
  expect(calibration.examples()).toBe(16);
  await calibration.outputs("train");
  expect(calibration.examples()).toBe(16 + train.size);
  toy.model.dispose();
});
