import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { declaredOn, largestGap, makeToy, setupOn, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { normal } from "#harness/nn/init.ts";
import { stream } from "#harness/random/stream.ts";
import { method } from "./method.ts";

describe("vera", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("trains r + out numbers a map and the head", async () => {
    // Two blocks: key (8 outputs), ffn-in (12) and ffn-out (8), 6 + out numbers each; the head.
    const { trainable } = await declaredOn(engine, method, { rank: "6", targets: "key,ffn-in,ffn-out" });
    expect(trainable).toBe(2 * (3 * 6 + 8 + 12 + 8) + 18);
  });

  it("shares one frozen pair, and merges W' - W = diag(ld) and diag(lb) around slices of it", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method, { rank: "5", targets: "ffn-in,ffn-out" });
    const factors = toy.model.params().filter((param) => param.role === "factor");
    expect(factors.map((param) => [param.name, param.shape, param.trainable])).toEqual([
      ["vera.a", [12, 5], false],
      ["vera.b", [5, 12], false],
    ]);
    const random = stream(2, "vera-test");
    for (const param of toy.model.params())
      if (param.name.includes(".vera.")) param.load(normal(param.size, 1, random));
    const before = await valuesOf(toy.model);
    await made.finish?.();
    const after = await valuesOf(toy.model);
    const [a, b] = [before.get("vera.a") ?? [], before.get("vera.b") ?? []];
    for (const [path, m, n] of [
      ["layer.0.ffn.in", 8, 12],
      ["layer.1.ffn.out", 12, 8],
    ] as const) {
      const [w, d, l] = ["weight", "vera.d", "vera.l"].map((part) => before.get(`${path}.${part}`) ?? []);
      const expected = Array.from({ length: m * n }, (_, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        let sum = w?.[at] as number;
        for (let k = 0; k < 5; k++)
          sum +=
            (a[i * 5 + k] as number) * (d?.[k] as number) * (b[k * 12 + j] as number) * (l?.[j] as number);
        return sum;
      });
      expect(largestGap(after.get(`${path}.weight`) ?? [], expected)).toBeLessThan(1e-5);
    }
  });
});
