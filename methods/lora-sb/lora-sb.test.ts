import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { declaredOn, makeToy, setupOn, trainOn, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { matrixFrom } from "#harness/linalg/matrix.ts";
import { singularValues } from "#harness/linalg/svd.ts";
import { CoreLinear } from "#harness/nn/core-linear.ts";
import { stream } from "#harness/random/stream.ts";
import { firstStep, method, updateFrames } from "./method.ts";

const random = stream(18, "lora-sb-test");
const gaussian = (count: number) => Float64Array.from({ length: count }, () => random.normal());

describe("lora-sb", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("trains r^2 numbers a map and the head", async () => {
    // Two blocks: query and ffn-out at rank 3; the head. The start is one estimated step away, entries of 2e-3 / 4000.
    const { trainable } = await declaredOn(engine, method, {
      rank: "3",
      targets: "query,ffn-out",
      examples: "8",
      warmupSteps: "4000",
    });
    expect(trainable).toBe(2 * 2 * 9 + 18);
  });

  it("the estimated step is -eta sign(G); zero gradients stay; its norm is eta sqrt(non-zero entries)", () => {
    const step = firstStep(Float64Array.of(3, -0.1, 0, 7), 0.25);
    expect([...step]).toEqual([-0.25, 0.25, 0, -0.25]);
    expect(Math.hypot(...step)).toBeCloseTo(0.25 * Math.sqrt(3), 12);
  });

  it("frames are orthonormal, the core diagonal, positive and descending, and the product the best of its rank", () => {
    const [m, n, r] = [9, 7, 3];
    const update = firstStep(gaussian(m * n), 1);
    const { a, b, core } = updateFrames(update, m, n, r);
    let error = 0;
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let value = update[i * n + j] as number;
        for (let k = 0; k < r; k++)
          value -= (a[i * r + k] as number) * (core[k * r + k] as number) * (b[k * n + j] as number);
        error += value * value;
      }
    }
    const trailing = singularValues(matrixFrom(m, n, update))
      .slice(r)
      .reduce((sum, s) => sum + s * s, 0);
    expect(error).toBeCloseTo(trailing, 4);
    for (let p = 0; p < r; p++) {
      for (let q = 0; q < r; q++) {
        let [left, right] = [0, 0];
        for (let i = 0; i < m; i++) left += (a[i * r + p] as number) * (a[i * r + q] as number);
        for (let j = 0; j < n; j++) right += (b[p * n + j] as number) * (b[q * n + j] as number);
        expect(left).toBeCloseTo(p === q ? 1 : 0, 5);
        expect(right).toBeCloseTo(p === q ? 1 : 0, 5);
        if (p !== q) expect(core[p * r + q]).toBe(0);
      }
    }
    expect(core[0]).toBeGreaterThan(core[4] ?? 0);
    expect(core[4]).toBeGreaterThan(core[8] ?? 0);
    expect(core[8]).toBeGreaterThan(0);
  });

  it("between orthonormal frames the plain core gradient is the best one: no perturbation comes nearer to the full gradient", () => {
    const [m, n, r] = [8, 6, 3];
    const g = gaussian(m * n);
    const { a, b } = updateFrames(gaussian(m * n), m, n, r);
    const raw = new Float64Array(r * r);
    for (let k = 0; k < r; k++)
      for (let l = 0; l < r; l++)
        for (let i = 0; i < m; i++)
          for (let j = 0; j < n; j++) {
            raw[k * r + l] =
              (raw[k * r + l] as number) +
              (a[i * r + k] as number) * (g[i * n + j] as number) * (b[l * n + j] as number);
          }
    const distance = (core: Float64Array) => {
      let total = 0;
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          let value = -(g[i * n + j] as number);
          for (let k = 0; k < r; k++)
            for (let l = 0; l < r; l++)
              value += (a[i * r + k] as number) * (core[k * r + l] as number) * (b[l * n + j] as number);
          total += value * value;
        }
      return total;
    };
    const best = distance(raw);
    for (let trial = 0; trial < 30; trial++)
      expect(distance(raw.map((x) => x + 0.01 * random.normal()))).toBeGreaterThan(best);
  });

  it("at full rank one SGD step on the core is a full SGD step on the weight", () => {
    const [m, n] = [6, 6];
    const g = gaussian(m * n);
    const { a, b } = updateFrames(gaussian(m * n), m, n, 6);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let value = 0;
        for (let k = 0; k < 6; k++)
          for (let l = 0; l < 6; l++) {
            let core = 0;
            for (let p = 0; p < m; p++)
              for (let q = 0; q < n; q++)
                core += (a[p * 6 + k] as number) * (g[p * n + q] as number) * (b[l * n + q] as number);
            value += (a[i * 6 + k] as number) * core * (b[l * n + j] as number);
          }
        expect(value).toBeCloseTo(g[i * n + j] as number, 4);
      }
  });

  it("moves weights by rank r at most, inside the span of its left frame", async () => {
    const toy = await makeToy(engine);
    const before = await valuesOf(toy.model);
    const settings = { rank: "3", targets: "ffn-out", examples: "8", learningRate: "0.05" };
    const made = await setupOn(toy, method, settings);
    const site = toy.model.sites.find(({ path }) => path === "layer.0.ffn.out");
    if (!(site?.module instanceof CoreLinear)) throw new Error("no core at layer.0.ffn.out");
    const frame = (await site.module.a.read()).slice();
    await trainOn(toy, made);
    await made.finish?.();
    const [m, n, r] = [12, 8, 3];
    const old = before.get("layer.0.ffn.out.weight") ?? [];
    const now = (await valuesOf(toy.model)).get("layer.0.ffn.out.weight") ?? [];
    const moved = Float64Array.from(now, (value, at) => value - (old[at] as number));
    const s = singularValues(matrixFrom(m, n, moved));
    expect(s[0]).toBeGreaterThan(1e-3);
    expect((s[r] ?? 0) / (s[0] ?? 1)).toBeLessThan(1e-5);
    // What is left of each column once its part along the r columns of the frame is taken away.
    for (let j = 0; j < n; j++) {
      const rest = Float64Array.from({ length: m }, (_, i) => moved[i * n + j] as number);
      for (let k = 0; k < r; k++) {
        let along = 0;
        for (let i = 0; i < m; i++) along += (frame[i * r + k] as number) * (moved[i * n + j] as number);
        for (let i = 0; i < m; i++) rest[i] = (rest[i] as number) - along * (frame[i * r + k] as number);
      }
      expect(Math.hypot(...rest)).toBeLessThan(1e-5);
    }
  });

  it("starts the core at the estimated step or, as an ablation, at zero", async () => {
    for (const start of ["update", "zero"]) {
      const toy = await makeToy(engine);
      const before = await valuesOf(toy.model);
      const made = await setupOn(toy, method, {
        rank: "8",
        targets: "query",
        examples: "4",
        start,
        warmupSteps: "1",
        learningRate: "0.01",
      });
      expect(toy.model.sites.filter(({ module }) => module instanceof CoreLinear).length).toBe(2);
      await made.finish?.();
      const name = "layer.0.attention.query.weight";
      const moves = Array.from((await valuesOf(toy.model)).get(name) ?? [], (x, i) =>
        Math.abs(x - (before.get(name)?.[i] as number)),
      );
      // At full rank the start is the whole step: every entry moves by eta = 0.01 / 1.
      for (const move of moves) expect(move).toBeCloseTo(start === "update" ? 0.01 : 0, 5);
    }
  });
});
