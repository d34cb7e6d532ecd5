import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeToy, measuredCosts, scoresOf, setupOn, trainOn } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { SparseLinear } from "#harness/nn/sparse-linear.ts";
import { method } from "./method.ts";

describe("magnitude-pruning", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("keeps masked weights exactly 0 through training with decay, trains the others and costs what it declares", async () => {
    const toy = await makeToy(engine, 1, { weightDecay: 0.1 });
    const made = await setupOn(toy, method, { sparsity: "0.7" });
    const sparse = toy.model.sites.flatMap(({ module }) => (module instanceof SparseLinear ? [module] : []));
    expect(sparse.length).toBe(12);
    const before = await Promise.all(sparse.map(async ({ weight }) => (await weight.read()).slice()));
    const main = await trainOn(toy, made);
    expect(measuredCosts(toy, main)).toEqual(made.declared);
    for (const [index, module] of sparse.entries()) {
      const [values, mask] = [await module.weight.read(), await module.mask.read()];
      expect([...values].every((value, i) => mask[i] === 1 || value === 0)).toBe(true);
      expect([...values]).not.toEqual([...(before[index] ?? [])]);
      expect(mask.filter((bit) => bit === 0).length).toBe(Math.floor(0.7 * mask.length));
    }
    // 12 maps of 64 or 96 weights at 70 %: 20 or 29 are kept, at 4 bytes, and a bit for each position.
    const kept = 2 * (4 * 20 + 2 * 29);
    const rest = 1250 - 2 * (4 * 64 + 2 * 96);
    expect(made.declared.deployedParameters).toBe(kept + rest);
    expect(made.declared.deployedBytes).toBe(4 * (kept + rest) + 2 * (4 * 8 + 2 * 12));
  });

  it("2:4 keeps half of the weights and stores two bits a kept one", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method, { pattern: "2:4", recoverShare: "0" });
    const before = await scoresOf(toy);
    expect(measuredCosts(toy, await trainOn(toy, made))).toEqual(made.declared);
    expect([...(await scoresOf(toy))]).toEqual([...before]);
    const half = 2 * (4 * 32 + 2 * 48);
    const rest = 1250 - 2 * (4 * 64 + 2 * 96);
    expect(made.declared.deployedBytes).toBe(4 * (half + rest) + half / 4);
  });

  it("refuses patterns that are none", async () => {
    const toy = await makeToy(engine);
    for (const pattern of ["4:2", "2-4", "half"])
      await expect(setupOn(toy, method, { pattern })).rejects.toThrow(/pattern/);
  });
});
