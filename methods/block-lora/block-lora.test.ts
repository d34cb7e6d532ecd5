import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  largestGap,
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
import { tensor } from "#harness/engine/tensor.ts";
import { matrixFrom } from "#harness/linalg/matrix.ts";
import { svd } from "#harness/linalg/svd.ts";
import type { Method } from "#harness/method/contract.ts";
import { normal } from "#harness/nn/init.ts";
import { Linear } from "#harness/nn/linear.ts";
import { LoraLinear } from "#harness/nn/lora-linear.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { stream } from "#harness/random/stream.ts";
import { method as clipLora } from "../clip-lora/method.ts";
import { BlockLinear, ChunkLinear } from "./block-linear.ts";
import { countOfMap, method } from "./method.ts";

const SITES = { targets: "query,ffn-in" };

describe("block-lora", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  const base = { alpha: 1, dropout: 0, targets: ["query"], learningRate: 1e-3 };
  const config = (rank: number, blocks: number, variant: "shared" | "chunk" | "equivalent" = "shared") => ({
    ...base,
    rank,
    blocks,
    variant,
  });

  it("counts as the card: query, key and value of 12 + 12 layers of 768 and 512", () => {
    const all = (...given: Parameters<typeof config>) =>
      12 * 3 * [768, 512].reduce((sum, width) => sum + countOfMap(config(...given), width, width), 0);
    expect(all(2, 1)).toBe(184_320);
    expect(all(2, 2)).toBe(138_240);
    expect(all(4, 4)).toBe(230_400);
    expect(all(8, 8)).toBe(414_720);
    expect(all(2, 2, "equivalent")).toBe(92_160);
    expect(all(2, 2, "chunk")).toBe(138_240);
  });

  it.each(["chunk", "independent-dropout", "equivalent"])(
    "of variant %s starts at the base model, trains what it declares and merges to the same scores, once",
    async (variant) => {
      const toy = await makeToy(engine);
      const base = await scoresOf(toy);
      const made = await setupOn(toy, method, {
        ...SITES,
        rank: "4",
        blocks: "2",
        variant,
        learningRate: "0.02",
      });
      expect(await scoresOf(toy)).toEqual(base);
      const main = await trainOn(toy, made);
      const unmerged = await scoresOf(toy);
      expect(largestGap(unmerged, base)).toBeGreaterThan(1e-3);
      await made.finish?.();
      expect(largestGap(await scoresOf(toy), unmerged)).toBeLessThan(1e-5);
      expect(measuredCosts(toy, main)).toEqual(made.declared);
      const deployed = await valuesOf(toy.model);
      await made.finish?.();
      expect(await valuesOf(toy.model)).toEqual(deployed);
      toy.model.dispose();
    },
  );

  /** Changes of the target maps after `steps` steps on one batch, merged, by path. */
  async function trained(overrides: Readonly<Record<string, string>>, steps: number, from: Method) {
    const toy = await makeToy(engine, 3);
    const before = await valuesOf(toy.model);
    const made = await setupOn(toy, from, overrides);
    const [stage] = made.stages;
    if (stage === undefined) throw new Error("no stage");
    await stepsOn(toy, stage, steps);
    const modules = toy.model.sites.map(({ module }) => module);
    const ups: Float32Array[][] = [];
    for (const module of modules)
      if (module instanceof BlockLinear)
        ups.push(await Promise.all(module.ups.map(async (up) => (await up.read()).slice())));
    await made.finish?.();
    const after = await valuesOf(toy.model);
    const changes = new Map<string, Float64Array>();
    for (const [name, values] of after)
      if (/(query|ffn\.in)\.weight$/.test(name))
        changes.set(
          name,
          Float64Array.from(values, (x, at) => x - (before.get(name)?.[at] ?? 0)),
        );
    toy.model.dispose();
    return { changes, after, ups };
  }

  it("with one block is LoRA to the bit", async () => {
    const shared = { ...SITES, rank: "4", dropout: "0.25", learningRate: "0.01" };
    const block = await trained({ ...shared, blocks: "1" }, 20, method);
    const lora = await trained(shared, 20, clipLora);
    expect(block.after).toEqual(lora.after);
    expect([...block.changes.values()].some((change) => change.some((x) => x !== 0))).toBe(true);
  });

  it("blocks that start equal stay equal to the bit", async () => {
    const { ups } = await trained({ ...SITES, rank: "4", blocks: "4", learningRate: "0.01" }, 12, method);
    expect(ups).toHaveLength(4);
    for (const [first, ...others] of ups) {
      expect(first?.some((x) => x !== 0)).toBe(true);
      for (const other of others) expect(other).toEqual(first);
    }
  });

  it.each([2, 3])(
    "of %i blocks is LoRA of the n-th part of the rank with an up-rate n times as high: the same dW after 200 steps",
    async (blocks) => {
      const settings = { ...SITES, rank: String(2 * blocks), blocks: String(blocks), learningRate: "0.003" };
      const shared = await trained(settings, 200, method);
      const equal = await trained({ ...settings, variant: "equivalent" }, 200, method);
      for (const [name, change] of shared.changes) {
        expect(largestGap(change, equal.changes.get(name) ?? []), name).toBeLessThan(1e-6);
        expect(Math.max(...change.map(Math.abs))).toBeGreaterThan(1e-2);
      }
    },
  );

  it.each(["shared", "independent-dropout"])("dW of rank 4 in 2 blocks has rank 2: %s", async (variant) => {
    const { changes } = await trained(
      { ...SITES, rank: "4", blocks: "2", variant, learningRate: "0.01" },
      40,
      method,
    );
    for (const [name, change] of changes) {
      const { s } = svd(matrixFrom(8, change.length / 8, change));
      expect((s[2] ?? 0) / (s[0] ?? 1), name).toBeLessThan(1e-5);
      expect((s[1] ?? 0) / (s[0] ?? 1), name).toBeGreaterThan(1e-4);
    }
  });

  it("independent masks break the symmetry: blocks differ", async () => {
    const settings = {
      ...SITES,
      rank: "4",
      blocks: "2",
      variant: "independent-dropout",
      learningRate: "0.01",
    };
    const { ups } = await trained(settings, 10, method);
    expect(ups.some(([first, second]) => largestGap(first ?? [], second ?? []) > 1e-5)).toBe(true);
  });

  it("chunk is LoRA whose A repeats the shared one for each part of the input, so of rank r", async () => {
    const random = stream(4, "chunk");
    const dense = () =>
      new Linear("m", 6, 5, { weight: normal(30, 1, stream(5, "w")), bias: normal(5, 1, stream(6, "b")) });
    const [a, b, x] = [normal(3 * 3, 1, random), normal(3 * 5, 1, random), normal(4 * 6, 1, random)];
    const chunk = new ChunkLinear("m", dense(), { scale: 0.7, dropout: 0, a, inner: 3, blocks: 2 });
    chunk.b.load(b);
    const tied = Float32Array.of(...a, ...a);
    const lora = new LoraLinear("m", dense(), { rank: 3, scale: 0.7, a: tied, b });
    const input = tensor(x, [4, 6]);
    const [cut, whole] = [chunk.apply(input, EVALUATION), lora.apply(input, EVALUATION)];
    await engine.settle();
    expect(largestGap(await cut.data(), await whole.data())).toBeLessThan(1e-5);
    const merged = await (await chunk.merge()).weight.read();
    expect(largestGap(merged, await (await lora.merge()).weight.read())).toBeLessThan(1e-6);
  });

  it("refuses blocks that do not divide the rank, or an input that is cut, naming both", async () => {
    const toy = await makeToy(engine);
    await expect(setupOn(toy, method, { ...SITES, rank: "4", blocks: "3" })).rejects.toThrow(
      /blocks[\s\S]*divisor of the rank 4/,
    );
    await expect(
      setupOn(toy, method, { ...SITES, rank: "3", blocks: "3", variant: "chunk" }),
    ).rejects.toThrow(/attention\.query[\s\S]*divisor of 8/);
  });
});
