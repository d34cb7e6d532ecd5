import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeToy, measuredCosts, setupOn, type Toy, trainOn, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { stream } from "#harness/random/stream.ts";
import { method as fullFinetune } from "#methods/full-finetune/method.ts";
import { blocksOf, method } from "./method.ts";

describe("lisa", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  /** Indices of the blocks that are trainable now. */
  const active = (toy: Toy): number[] =>
    blocksOf(toy.model).flatMap((params, i) => (params.every((param) => param.trainable) ? [i] : []));

  async function trained(config: Record<string, string>, seed = 1): Promise<Toy> {
    const toy = await makeToy(engine, seed);
    await trainOn(toy, await setupOn(toy, method, config));
    return toy;
  }

  it("leaves frozen blocks bit-identical within a period and changes the active one, embedding and head", async () => {
    const toy = await makeToy(engine);
    const before = await valuesOf(toy.model);
    // One period longer than the run: the first draw holds throughout.
    const made = await setupOn(toy, method, { period: "100" });
    const [drawn] = active(toy);
    await trainOn(toy, made);
    const after = await valuesOf(toy.model);
    for (const [i, params] of blocksOf(toy.model).entries()) {
      for (const param of params) {
        if (i === drawn) expect(after.get(param.name), param.name).not.toEqual(before.get(param.name));
        else expect(after.get(param.name), param.name).toEqual(before.get(param.name));
      }
    }
    for (const name of ["embedding.weight", "head.weight"]) {
      expect(before.has(name)).toBe(true);
      expect(after.get(name), name).not.toEqual(before.get(name));
    }
  });

  it("draws blocks uniformly, anew each period, the same for the same seed", async () => {
    const random = (...names: readonly string[]) => stream(0, ...names);
    const sequence = async (seed: number, draws: number): Promise<number[]> => {
      const toy = await makeToy(engine, seed);
      const { stages } = await setupOn(toy, method, { period: "1" });
      const between = stages[0]?.betweenSteps;
      if (between === undefined) throw new Error("no betweenSteps");
      const seen: number[] = [];
      for (let step = 1; step <= draws; step++) {
        expect(active(toy).length).toBe(1);
        seen.push(active(toy)[0] ?? -1);
        await between.run({ step, steps: draws, model: toy.model, random });
      }
      return seen;
    };
    const long = await sequence(1, 400);
    expect((await sequence(1, 40)).join()).toBe(long.slice(0, 40).join());
    expect((await sequence(2, 40)).join()).not.toBe(long.slice(0, 40).join());
    // Chi-square of 400 fair draws of two blocks, one degree of freedom: 6.63 at 1 %.
    const zeros = long.filter((block) => block === 0).length;
    expect((zeros - 200) ** 2 / 200 + (200 - zeros) ** 2 / 200).toBeLessThan(6.63);
  });

  it("with all blocks drawn is full fine-tuning with AdamW, to the bit", async () => {
    const rate = { learningRate: "0.01" };
    const whole = await trained({ layers: "2", period: "3", ...rate });
    const toy = await makeToy(engine);
    await trainOn(toy, await setupOn(toy, fullFinetune, rate));
    expect(await valuesOf(whole.model)).toEqual(await valuesOf(toy.model));
  });

  it("with no block drawn trains embedding, pooler and head only; without embeddings not those either", async () => {
    const toy = await makeToy(engine);
    await setupOn(toy, method, { layers: "0" });
    expect(active(toy)).toEqual([]);
    const names = () =>
      toy.model
        .params()
        .filter((param) => param.trainable)
        .map((param) => param.name);
    expect(names()).toEqual(expect.arrayContaining(["embedding.weight", "head.weight", "head.bias"]));
    const rest = await makeToy(engine);
    await setupOn(rest, method, { layers: "0", trainEmbedding: "false" });
    const kept = rest.model
      .params()
      .filter((param) => param.trainable)
      .map((param) => param.name);
    expect(kept).not.toContain("embedding.weight");
  });

  it("keeps two floats of state for each trained number and no more", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method, { period: "3" });
    const main = await trainOn(toy, made);
    const measured = measuredCosts(toy, main);
    expect({ ...made.declared }).toEqual(measured);
    const blocks = blocksOf(toy.model).map((params) => params.reduce((sum, param) => sum + param.size, 0));
    const all = toy.model.params().reduce((sum, param) => sum + param.size, 0);
    const outside = all - blocks.reduce((a, b) => a + b, 0);
    // The toy's blocks are of one size: E + H + one block, eight bytes each.
    expect(new Set(blocks).size).toBe(1);
    expect(measured.optimizerStateBytes).toBe(8 * (outside + (blocks[0] ?? 0)));
  });
});
