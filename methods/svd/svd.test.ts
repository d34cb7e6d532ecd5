import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeToy, measuredCosts, setupOn, trainOn, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { matrixFrom } from "#harness/linalg/matrix.ts";
import { singularValues } from "#harness/linalg/svd.ts";
import { FactoredLinear } from "#harness/nn/factored-linear.ts";
import { method, rankFor } from "./method.ts";

describe("svd", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("takes the largest rank whose factors hold at most the kept share", () => {
    for (const [keep, m, n] of [
      [0.5, 512, 512],
      [0.5, 512, 1536],
      [0.3, 256, 512],
      [1, 384, 384],
    ] as const) {
      const rank = rankFor(keep, m, n);
      expect(rank * (m + n)).toBeLessThanOrEqual(keep * m * n);
      expect((rank + 1) * (m + n)).toBeGreaterThan(keep * m * n);
    }
    expect(rankFor(1, 384, 384)).toBe(192);
  });

  it("each product's squared error is the sum of the dropped squared singular values", async () => {
    const toy = await makeToy(engine);
    const dense = await valuesOf(toy.model);
    await setupOn(toy, method, { keep: "0.6" });
    let checked = 0;
    for (const { path, module } of toy.model.sites) {
      if (!(module instanceof FactoredLinear)) continue;
      const { inFeatures: m, outFeatures: n, rank } = module;
      const [a, b, w] = [
        await module.a.read(),
        await module.b.read(),
        dense.get(`${path}.weight`) ?? new Float32Array(),
      ];
      let error = 0;
      for (let at = 0; at < m * n; at++) {
        let value = w[at] as number;
        for (let k = 0; k < rank; k++)
          value -= (a[Math.floor(at / n) * rank + k] as number) * (b[k * n + (at % n)] as number);
        error += value * value;
      }
      const dropped = singularValues(matrixFrom(m, n, w))
        .slice(rank)
        .reduce((sum, s) => sum + s * s, 0);
      expect(error).toBeCloseTo(dropped, 4);
      checked++;
    }
    expect(checked).toBe(12);
  });

  it("costs what it declares, with and without recovery", async () => {
    for (const recoverShare of ["1", "0"]) {
      const toy = await makeToy(engine);
      const made = await setupOn(toy, method, { keep: "0.5", recoverShare });
      expect(measuredCosts(toy, await trainOn(toy, made))).toEqual(made.declared);
      expect(made.declared.trainable === 0).toBe(recoverShare === "0");
    }
  });
});
