import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  largestGap,
  makeToy,
  measuredCosts,
  scoresOf,
  setupOn,
  type Toy,
  trainOn,
} from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { keep, type Tensor, tidy } from "#harness/engine/tensor.ts";
import { denseMaps } from "#harness/method/costs.ts";
import { fisherSums } from "#harness/method/fisher.ts";
import { blockSites } from "#harness/method/rewrite.ts";
import type { Linear } from "#harness/nn/linear.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { stream } from "#harness/random/stream.ts";
import { uploadBatch } from "#harness/train/batch.ts";
import { makeCalibration } from "#harness/train/calibration.ts";
import { method, rankOf, rootImportance } from "./method.ts";

describe("fwsvd", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  /** Loss of one training example with one weight moved, on the host side of the engine. */
  async function lossAt(toy: Toy, map: Linear, at: number, shift: number, position: number): Promise<number> {
    const values = (await map.weight.read()).slice();
    const moved = values.slice();
    moved[at] = (moved[at] as number) + shift;
    map.weight.load(moved);
    const loss = tidy(() => {
      const { inputs, targets } = uploadBatch(toy.run.data.train.item(position));
      return toy.run.task.loss(toy.model.forward(inputs, EVALUATION), targets);
    });
    await engine.settle();
    const value = (await loss.data())[0] ?? 0;
    loss.dispose();
    map.weight.load(values);
    return value;
  }

  /** What leaves the site at `path` on a test batch. */
  async function outputOf(toy: Toy, path: string): Promise<Float32Array> {
    let seen: Tensor | undefined;
    tidy(() => {
      const observe = (at: string, _: Tensor, output: Tensor) => {
        if (at === path) seen = keep(output);
      };
      toy.model.forward(uploadBatch(toy.run.data.longest(16)).inputs, { training: false, observe });
    });
    await engine.settle();
    if (seen === undefined) throw new Error(`nothing left ${path}`);
    const values = (await seen.data<"float32">()).slice();
    seen.dispose();
    return values;
  }

  it("Fisher sums equal brute force from finite differences of each example's loss", async () => {
    const toy = await makeToy(engine);
    const map = denseMaps(blockSites(toy.model)).find(
      ({ site }) => site.path === "layer.1.attention.value",
    )?.map;
    if (map === undefined) throw new Error("no map");
    const examples = 2;
    const sums = (await fisherSums(makeCalibration(toy.run, toy.model), [map], examples)).get(map);
    const drawn = stream(toy.run.seed, "calibration").permutation(toy.run.data.train.size).slice(0, examples);
    const inputs = new Float64Array(8);
    const outputs = new Float64Array(8);
    for (const position of drawn) {
      for (let at = 0; at < 64; at++) {
        const up = await lossAt(toy, map, at, 0.01, position);
        const down = await lossAt(toy, map, at, -0.01, position);
        const squared = ((up - down) / 0.02) ** 2 / examples;
        const [i, j] = [Math.floor(at / 8), at % 8];
        inputs[i] = (inputs[i] as number) + squared;
        outputs[j] = (outputs[j] as number) + squared;
      }
    }
    const largest = Math.max(...inputs, ...outputs);
    expect(largestGap(sums?.inputs ?? [], inputs)).toBeLessThan(0.03 * largest);
    expect(largestGap(sums?.outputs ?? [], outputs)).toBeLessThan(0.03 * largest);
  });

  it("roots of importances ignore their scale, floor zero rows and are all one without any gradient", () => {
    const f = Float64Array.of(4, 0, 1);
    expect(largestGap(rootImportance(f), [Math.sqrt(1 + 1e-6), 1e-3, Math.sqrt(0.25 + 1e-6)])).toBeLessThan(
      1e-12,
    );
    expect(largestGap(rootImportance(f), rootImportance(f.map((x) => 1e9 * x)))).toBeLessThan(1e-12);
    expect([...rootImportance(new Float64Array(2))]).toEqual([1, 1]);
  });

  it("loses the row of an input that is always 0 first, with hardly a change of the output; plain SVD loses another", async () => {
    const path = "layer.0.attention.query";
    const gapAtRank7 = async (variant: string): Promise<number> => {
      const toy = await makeToy(engine);
      const site = blockSites(toy.model).find((found) => found.path === path);
      const norm = toy.model.sites.find((found) => found.path === "layer.0.norm1");
      if (site === undefined || norm === undefined) throw new Error("no site");
      // Input 3 of the first block's maps is always zero; its row of the query map is the largest.
      const [gain] = norm.module.params();
      gain?.load(Float32Array.from({ length: 8 }, (_, i) => (i === 3 ? 0 : 1)));
      for (const { map } of denseMaps([site])) {
        const values = (await map.weight.read()).slice();
        for (let j = 0; j < 8; j++) values[3 * 8 + j] = 1 + 0.1 * j;
        map.weight.load(values);
      }
      const before = await outputOf(toy, path);
      await setupOn(toy, method, { ratio: "0.9", variant, examples: "16" });
      return largestGap(await outputOf(toy, path), before);
    };
    expect(await gapAtRank7("rows")).toBeLessThan(0.05 * (await gapAtRank7("plain")));
  });

  it("at ratio 1 the scores are the dense model's; plain, rows and two-sided alike", async () => {
    for (const variant of ["plain", "rows", "two-sided"]) {
      const toy = await makeToy(engine);
      const before = await scoresOf(toy);
      await setupOn(toy, method, { ratio: "1", variant, examples: "8" });
      expect(largestGap(await scoresOf(toy), before)).toBeLessThan(1e-4);
    }
  });

  it("costs what it declares and trains every factor: r (in + out) + out a map", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method, { ratio: "0.5", examples: "8" });
    // Dense toy 1,250 numbers; a block's maps at rank 4: 4 of 8 x 8 keep 64, 8 x 12 and 12 x 8 keep 80 of 96.
    const block = 2 * 16 + 4 * (64 + 8) + (80 + 12) + (80 + 8);
    expect(made.declared.deployedParameters).toBe(96 + 2 * block + 72 + 18);
    const main = await trainOn(toy, made);
    expect(measuredCosts(toy, main)).toEqual(made.declared);
  });

  it("without recovery it takes no step", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method, { recoverShare: "0", examples: "4" });
    const before = await scoresOf(toy);
    await trainOn(toy, made);
    expect(toy.run.reporter.phases.reduce((sum, phase) => sum + phase.steps, 0)).toBe(0);
    expect([...(await scoresOf(toy))]).toEqual([...before]);
  });

  it("keeps the card's ranks and counts: 253 of 768, and 66,517,248 of BERT-base's 109,482,240 numbers", () => {
    expect(rankOf(0.33, 768, 768)).toBe(253);
    expect(rankOf(0.33, 384, 384)).toBe(126);
    const [square, wide] = [rankOf(0.33, 768, 768), rankOf(0.33, 768, 3072)];
    const saved = 12 * (4 * (768 * 768 - square * 1536) + 2 * (768 * 3072 - wide * 3840));
    expect(109_482_240 - saved).toBe(66_517_248);
  });
});
