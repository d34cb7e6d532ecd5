import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largestGap, measuredCosts, scoresOf, setupOn, trainOn, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { LoraLinear } from "#harness/nn/lora-linear.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { makeTinyClip } from "#tasks/clip/testing/tiny-clip.ts";
import { TextHead } from "#tasks/models/clip-model.ts";
import { method } from "./method.ts";

describe("clip-lora", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("adapts query, key and value of every layer of both towers and nothing else; the head has no numbers", async () => {
    const toy = await makeTinyClip(engine);
    const made = await setupOn(toy, method);
    const adapted = toy.model.sites.filter((site) => site.module instanceof LoraLinear);
    expect(adapted.map(({ path }) => path)).toEqual(
      ["image.layer.0", "image.layer.1", "text.layer.0", "text.layer.1"].flatMap((layer) =>
        ["query", "key", "value"].map((name) => `${layer}.attention.${name}`),
      ),
    );
    // Widths 24 and 16, rank 2.
    expect(made.declared.trainable).toBe(2 * 3 * 2 * 48 + 2 * 3 * 2 * 32);
    const names = toy.model.params().flatMap((param) => (param.trainable ? [param.name] : []));
    expect(names.every((name) => /\.lora\.[ab]$/.test(name))).toBe(true);
    toy.model.dispose();
  });

  it("scales the branch by alpha / sqrt(r), as the official code", async () => {
    const toy = await makeTinyClip(engine);
    await setupOn(toy, method, { rank: "4", alpha: "3" });
    const scales = toy.model.sites.flatMap(({ module }) =>
      module instanceof LoraLinear ? [module.scale] : [],
    );
    expect(new Set(scales)).toEqual(new Set([1.5]));
    toy.model.dispose();
  });

  it("moves the class texts while it trains, at unit length, under CLIP's own frozen factor, and merges both towers", async () => {
    const toy = await makeTinyClip(engine, 1, { epochs: 4 });
    const head = toy.model.head.module;
    if (!(head instanceof TextHead)) throw new Error("no text head");
    const texts = async () => {
      const made = head.texts(EVALUATION);
      await engine.settle();
      return [...(await made.data())];
    };
    const [before, scale, start] = [await texts(), head.scale, await valuesOf(toy.model)];
    const made = await setupOn(toy, method, { learningRate: "0.02" });
    const main = await trainOn(toy, made);
    const after = await texts();
    expect(largestGap(before, after)).toBeGreaterThan(1e-3);
    for (let row = 0; row < 4; row++)
      expect(Math.hypot(...after.slice(8 * row, 8 * row + 8))).toBeCloseTo(1, 5);
    expect(head.scale).toBe(scale);
    const unmerged = await scoresOf(toy);
    await made.finish?.();
    expect(largestGap(await scoresOf(toy), unmerged)).toBeLessThan(1e-4);
    expect(measuredCosts(toy, main)).toEqual(made.declared);
    const end = await valuesOf(toy.model);
    const changed = [...start].filter(([name, values]) => largestGap(values, end.get(name) ?? []) > 0);
    expect(changed.map(([name]) => name).every((name) => /(query|key|value)\.weight$/.test(name))).toBe(true);
    expect(changed).toHaveLength(12);
    toy.model.dispose();
  });
});
