import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { declaredOn, makeToy, scoresOf, setupOn, trainOn, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { CoreLinear } from "#harness/nn/core-linear.ts";
import { makeCalibration } from "#harness/train/calibration.ts";
import { method, rankOf } from "./method.ts";

const at = (values: ArrayLike<number>, columns: number, i: number, j: number) =>
  values[i * columns + j] as number;

describe("svfit", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("trains one number a singular value and the head", async () => {
    // Two blocks: query and ffn-out with all 8 singular values; the head.
    const { trainable } = await declaredOn(engine, method, { targets: "query,ffn-out" });
    expect(trainable).toBe(2 * (8 + 8) + 18);
  });

  it("the gradient of a singular value is u_i^T G v_i, the weight's gradient between its singular vectors", async () => {
    const toy = await makeToy(engine);
    await setupOn(toy, method, { targets: "ffn-in" });
    const site = toy.model.sites.find(({ path }) => path === "layer.1.ffn.in");
    const module = site?.module as CoreLinear;
    const [u, vt] = [await module.a.read(), await module.b.read()];
    let checked = 0;
    await makeCalibration(toy.run, toy.model).perExampleGradients(
      [module.core, module.base.weight],
      3,
      (gradients) => {
        const [core, g] = [gradients.get(module.core), gradients.get(module.base.weight)];
        for (let k = 0; k < 8; k++) {
          let expected = 0;
          for (let i = 0; i < 8; i++)
            for (let j = 0; j < 12; j++)
              expected += at(u, 8, i, k) * (g?.[i * 12 + j] as number) * at(vt, 12, k, j);
          expect(core?.[k]).toBeCloseTo(expected, 5);
          checked++;
        }
      },
    );
    expect(checked).toBe(24);
  });

  it("moves weights only along their own singular pairs: U^T (W' - W) V is diagonal, nothing lies outside", async () => {
    const toy = await makeToy(engine);
    const dense = await valuesOf(toy.model);
    const made = await setupOn(toy, method, { targets: "query", share: "0.5", learningRate: "0.05" });
    const module = toy.model.sites.find(({ path }) => path === "layer.0.attention.query")
      ?.module as CoreLinear;
    const [u, vt] = [(await module.a.read()).slice(), (await module.b.read()).slice()];
    await trainOn(toy, made);
    expect((await module.a.read()).slice()).toEqual(u);
    const change = (await module.core.read()).slice();
    await made.finish?.();
    const name = "layer.0.attention.query.weight";
    const after = (await valuesOf(toy.model)).get(name) ?? [];
    const delta = Array.from(after, (x, i) => x - (dense.get(name)?.[i] as number));
    let inside = 0;
    for (let k = 0; k < 4; k++) {
      for (let l = 0; l < 4; l++) {
        let value = 0;
        for (let i = 0; i < 8; i++)
          for (let j = 0; j < 8; j++)
            value += at(u, 4, i, k) * (delta[i * 8 + j] as number) * at(vt, 8, l, j);
        expect(value).toBeCloseTo(k === l ? (change[k] as number) : 0, 5);
        inside += value * value;
      }
    }
    expect(delta.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(inside, 6);
    expect(inside).toBeGreaterThan(1e-4);
  });

  it("scaling all relative values by c scales the weight by 1 + c; tail and random bases start unchanged too", async () => {
    const toy = await makeToy(engine);
    const before = await valuesOf(toy.model);
    const made = await setupOn(toy, method, { targets: "key", relative: "true" });
    for (const { module } of toy.model.sites)
      if (module instanceof CoreLinear) module.core.load(new Float32Array(8).fill(0.5));
    await made.finish?.();
    const name = "layer.1.attention.key.weight";
    const after = (await valuesOf(toy.model)).get(name);
    for (const [i, w] of (before.get(name) ?? []).entries()) expect(after?.[i]).toBeCloseTo(1.5 * w, 5);
    for (const basis of ["tail", "random"]) {
      const other = await makeToy(engine);
      const start = await scoresOf(other);
      await setupOn(other, method, { basis, share: "0.5" });
      expect([...(await scoresOf(other))]).toEqual([...start]);
    }
  });

  it("trains 16 times fewer numbers than LoRA of rank 8 on query and value, at any width", () => {
    for (const d of [384, 768]) expect((24 * 8 * (d + d)) / (24 * rankOf(1, d, d))).toBe(16);
  });
});
