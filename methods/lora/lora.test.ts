import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { declaredOn, largestGap, makeToy, scoresOf, setupOn, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { type Scalar, sum, tensor2d, variableGrads } from "#harness/engine/tensor.ts";
import { normal } from "#harness/nn/init.ts";
import { Linear } from "#harness/nn/linear.ts";
import { LoraLinear } from "#harness/nn/lora-linear.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { loadState, saveState } from "#harness/nn/state.ts";
import { stream } from "#harness/random/stream.ts";
import { branchScale, method } from "./method.ts";

describe("lora", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("trains r (in + out) numbers a map and the head", async () => {
    // Two blocks: query 8 x 8 and ffn-in 8 x 12 at rank 2; the head.
    const { trainable } = await declaredOn(engine, method, { rank: "2", targets: "query,ffn-in" });
    expect(trainable).toBe(2 * 2 * (8 + 8 + 8 + 12) + 18);
  });

  /** W' - s A B of a 6 x 5 map by explicit sums, with the module that merged it. */
  const layer = () => {
    const random = stream(3, "lora-test");
    const base = new Linear("m", 6, 5, { weight: normal(30, 1, random), bias: normal(5, 1, random) });
    return { base, a: normal(24, 1, random), b: normal(20, 1, random), x: normal(12, 1, random) };
  };

  it("scales the branch by alpha / r, or by alpha / sqrt(r) as rsLoRA", () => {
    expect(branchScale({ rank: 4, alpha: 8, scaling: "alpha/r" })).toBe(2);
    expect(branchScale({ rank: 4, alpha: 8, scaling: "rslora" })).toBe(4);
  });

  it("merges rsLoRA as W' - W = 4 A B after save and load, and merging again changes nothing (case 5)", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method, { rank: "4", alpha: "8", scaling: "rslora", targets: "all" });
    const random = stream(9, "adapters");
    for (const param of toy.model.params())
      if (param.role === "factor") param.load(normal(param.size, 0.3, random));
    const saved = await saveState(toy.model);

    const copy = await makeToy(engine, 2);
    const again = await setupOn(copy, method, { rank: "4", alpha: "8", scaling: "rslora", targets: "all" });
    loadState(copy.model, saved, "saved.safetensors");
    const before = await valuesOf(copy.model);
    const unmerged = await scoresOf(copy);
    await again.finish?.();
    const after = await valuesOf(copy.model);
    for (const site of copy.model.sites) {
      if (site.kind !== "linear" || site.role === "head") continue;
      const { inFeatures: m, outFeatures: n } = site.module;
      const [w, a, b] = ["weight", "lora.a", "lora.b"].map((part) => before.get(`${site.path}.${part}`));
      if (!w || !a || !b) throw new Error(`no factors at ${site.path}`);
      const expected = Float64Array.from(w, (value, at) => {
        let delta = 0;
        for (let k = 0; k < 4; k++)
          delta += (a[Math.floor(at / n) * 4 + k] as number) * (b[k * n + (at % n)] as number);
        return value + 4 * delta;
      });
      expect(w.length).toBe(m * n);
      expect(largestGap(after.get(`${site.path}.weight`) ?? [], expected)).toBeLessThan(1e-6);
    }
    expect(largestGap(await scoresOf(copy), unmerged)).toBeLessThan(1e-5);
    expect(copy.model.params().some((param) => param.role === "factor")).toBe(false);
    expect(copy.model.sites.every((site) => !(site.module instanceof LoraLinear))).toBe(true);
    await again.finish?.();
    expect(await valuesOf(copy.model)).toEqual(after);
    await made.finish?.();
  });

  it("its gradients equal finite differences", async () => {
    const { base, a, b, x } = layer();
    const module = new LoraLinear("m", base, { rank: 4, scale: 1.5, a, b });
    const input = tensor2d(x, [2, 6]);
    // The sum of all outputs is linear in each factor: dA[i,k] = s sum_t x[t,i] sum_j B[k,j], dB[k,j] = s sum_t (x A)[t,k].
    const { grads } = variableGrads(
      () => sum(module.apply(input, EVALUATION)) as Scalar,
      [module.a.variable, module.b.variable],
    );
    await engine.settle();
    const [da, db] = [
      await grads[module.a.variable.name]?.data(),
      await grads[module.b.variable.name]?.data(),
    ];
    const columns = Array.from({ length: 6 }, (_, i) => (x[i] as number) + (x[6 + i] as number));
    const rowSum = (k: number) => [0, 1, 2, 3, 4].reduce((total, j) => total + (b[k * 5 + j] as number), 0);
    const inner = (k: number) => columns.reduce((total, c, i) => total + c * (a[i * 4 + k] as number), 0);
    expect(
      largestGap(
        da ?? [],
        Array.from({ length: 24 }, (_, at) => 1.5 * (columns[Math.floor(at / 4)] as number) * rowSum(at % 4)),
      ),
    ).toBeLessThan(1e-5);
    expect(
      largestGap(
        db ?? [],
        Array.from({ length: 20 }, (_, at) => 1.5 * inner(Math.floor(at / 5))),
      ),
    ).toBeLessThan(1e-5);
  });

  it("drops inputs of the branch only: with B = 0 dropout changes nothing, with B it does", async () => {
    const { base, a, b, x } = layer();
    const input = tensor2d(x, [2, 6]);
    const output = async (start: Float32Array, seed: number) => {
      const module = new LoraLinear("m", base, { rank: 4, scale: 1, dropout: 0.5, a, b: start });
      const y = module.apply(input, { training: true, dropout: stream(seed, "d") });
      await engine.settle();
      return [...(await y.data())];
    };
    expect(await output(new Float32Array(20), 1)).toEqual(await output(new Float32Array(20), 2));
    expect(await output(b, 1)).not.toEqual(await output(b, 2));
  });

  it("refuses targets that match nothing before anything is changed (case 6)", async () => {
    const toy = await makeToy(engine);
    const before = await valuesOf(toy.model);
    await expect(setupOn(toy, method, { targets: "qeury" })).rejects.toThrow(
      /qeury[\s\S]*did you mean "query"/,
    );
    await expect(setupOn(toy, method, { targets: "query,valeu" })).rejects.toThrow(
      /valeu[\s\S]*did you mean "value"/,
    );
    expect(await valuesOf(toy.model)).toEqual(before);
    expect(toy.model.params().every((param) => param.trainable)).toBe(true);
  });
});
