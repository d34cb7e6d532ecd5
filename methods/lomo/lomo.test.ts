import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeToy, measuredCosts, setupOn, trainOn, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { sgd } from "#harness/optim/sgd.ts";
import { method } from "./method.ts";

describe("lomo on a model", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  const budget = { clipNorm: 0.1, weightDecay: 0.01, batchSize: 9 };

  it("has the bits of plain SGD over whole epochs", async () => {
    const [fused, plain] = [await makeToy(engine, 3, budget), await makeToy(engine, 3, budget)];
    const made = await setupOn(fused, method);
    await trainOn(fused, made);
    const [stage] = made.stages;
    if (stage === undefined) throw new Error("lomo has one stage");
    await trainOn(plain, { ...made, stages: [{ ...stage, updates: "after-backward", optimizer: sgd() }] });
    expect(await valuesOf(fused.model)).toEqual(await valuesOf(plain.model));
    expect(engine.stats().steps.replayed).toBeGreaterThan(0);
  });

  it.each(["norm", "value", "none"])(
    "trains every weight without state and costs what it declares, however it clips",
    async (clip) => {
      const toy = await makeToy(engine, 1, budget);
      const before = await valuesOf(toy.model);
      const made = await setupOn(toy, method, { clip, clipValue: "0.01" });
      expect(made.declared.optimizerStateBytes).toBe(0);
      expect(measuredCosts(toy, await trainOn(toy, made))).toEqual(made.declared);
      const after = await valuesOf(toy.model);
      // A key's bias has no gradient under a softmax, but decay and rounding move it.
      for (const [name, values] of before)
        if (!name.includes("key.bias")) expect(after.get(name), name).not.toEqual(values);
    },
  );
});
