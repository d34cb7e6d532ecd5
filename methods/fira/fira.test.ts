import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeToy, measuredCosts, setupOn, stepsOn, trainOn } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { method } from "./method.ts";

describe("fira on a model", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("costs what it declares, GaLore's state and one float a map, and lowers the loss", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method, { rank: "3", refreshEvery: "3" });
    // A block at rank 3: four maps 8 x 8 and two of 8 by 12.
    const projected = 2 * (4 * (3 * 24 + 1) + 2 * (3 * 32 + 1));
    expect(made.declared.optimizerStateBytes).toBe(4 * projected + 8 * (1250 - 2 * (4 * 64 + 2 * 96)));
    expect(measuredCosts(toy, await trainOn(toy, made))).toEqual(made.declared);
    const stage = made.stages[0];
    if (stage === undefined) throw new Error("no stage");
    const losses = await stepsOn(toy, { ...stage, learningRate: 3e-3 }, 10);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
  });
});
