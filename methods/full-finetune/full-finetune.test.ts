import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  makeToy,
  measuredCosts,
  scoresOf,
  setupOn,
  stepsOn,
  trainOn,
  valuesOf,
} from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { method } from "./method.ts";

describe("full-finetune", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("changes every parameter but key biases, whose gradient is zero under a softmax", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method);
    const before = await valuesOf(toy.model);
    await trainOn(toy, made);
    const after = await valuesOf(toy.model);
    const same = [...before].filter(([name, values]) =>
      values.every((value, i) => value === after.get(name)?.[i]),
    );
    expect(same.map(([name]) => name).filter((name) => !name.endsWith("key.bias"))).toEqual([]);
  });

  it("lowers the loss and costs what it declares: 8 bytes of state a weight", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method);
    const stage = made.stages[0];
    if (stage === undefined) throw new Error("no stage");
    const losses = await stepsOn(toy, { ...stage, learningRate: 3e-3 }, 20);
    expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] ?? 0));
    const main = await trainOn(toy, made);
    expect(measuredCosts(toy, main)).toEqual(made.declared);
    // 12 x 8 table; a block: 2 norms, 4 maps 8 x 8, 8 x 12 and 12 x 8, biases; pooler; head.
    const block = 2 * 16 + 4 * (64 + 8) + (96 + 12) + (96 + 8);
    expect(made.declared.trainable).toBe(96 + 2 * block + 72 + 18);
    expect(made.declared.optimizerStateBytes).toBe(8 * made.declared.trainable);
  });

  it("the same seed gives the same bits", async () => {
    const scores = async () => {
      const toy = await makeToy(engine, 5);
      await trainOn(toy, await setupOn(toy, method));
      return [...(await scoresOf(toy))];
    };
    expect(await scores()).toEqual(await scores());
  });
});
