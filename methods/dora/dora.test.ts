import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { declaredOn, largestGap } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { type Scalar, square, sum, tensor2d, tidy, variableGrads } from "#harness/engine/tensor.ts";
import { columnNorms, DoraLinear } from "#harness/nn/dora-linear.ts";
import { normal } from "#harness/nn/init.ts";
import { Linear } from "#harness/nn/linear.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { stream } from "#harness/random/stream.ts";
import { method } from "./method.ts";

describe("DoraLinear", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("trains r (in + out) + out numbers a map and the head", async () => {
    // Two blocks: query 8 x 8 and ffn-out 12 x 8 at rank 2, a magnitude an output; the head.
    const { trainable } = await declaredOn(engine, method, { rank: "2", targets: "query,ffn-out" });
    expect(trainable).toBe(2 * (2 * (16 + 20) + 16) + 18);
  });

  const random = stream(4, "dora-test");
  const [w, bias, a, b, m, x] = [
    [15, 1],
    [3, 1],
    [10, 0.5],
    [6, 0.5],
    [3, 1],
    [20, 1],
  ].map(([count, std]) => normal(count as number, std as number, random)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];

  /** The card's formula in double precision, with the norms given: y = (m / n) (x W + s x A B) + b. */
  function reference(
    norms: ArrayLike<number>,
    at: { a: Float32Array; m: Float32Array } = { a, m },
  ): number[] {
    const out: number[] = [];
    for (let t = 0; t < 4; t++) {
      for (let j = 0; j < 3; j++) {
        let y = 0;
        for (let i = 0; i < 5; i++) {
          let weight = w[i * 3 + j] as number;
          for (let k = 0; k < 2; k++) weight += 1.5 * (at.a[i * 2 + k] as number) * (b[k * 3 + j] as number);
          y += (x[t * 5 + i] as number) * weight;
        }
        out.push(((at.m[j] as number) / (norms[j] as number)) * y + (bias[j] as number));
      }
    }
    return out;
  }
  const norms = (): Float64Array => {
    const kernel = Float64Array.from(w, (value, at) => {
      const [i, j] = [Math.floor(at / 3), at % 3];
      return (
        value +
        1.5 * ((a[i * 2] as number) * (b[j] as number) + (a[i * 2 + 1] as number) * (b[3 + j] as number))
      );
    });
    return columnNorms(kernel, 3);
  };
  const layer = () =>
    new DoraLinear("d", new Linear("d", 5, 3, { weight: w, bias }), { rank: 2, scale: 1.5, a, b }, m);

  it("computes the card's formula", async () => {
    const y = layer().apply(tensor2d(x, [4, 5]), EVALUATION);
    await engine.settle();
    expect(largestGap(await y.data(), reference(norms()))).toBeLessThan(1e-5);
  });

  it("takes the norms as constants: gradients equal finite differences with the norms held fixed, not with them moving", async () => {
    const module = layer();
    const input = tensor2d(x, [4, 5]);
    const { grads } = tidy(() =>
      variableGrads(
        () => sum(square(module.apply(input, EVALUATION))) as Scalar,
        [module.a.variable, module.magnitude.variable],
      ),
    );
    await engine.settle();
    const [da, dm] = [
      await grads[module.a.variable.name]?.data(),
      await grads[module.magnitude.variable.name]?.data(),
    ];
    const fixed = norms();
    const loss = (at: { a: Float32Array; m: Float32Array }) =>
      reference(fixed, at).reduce((total, y) => total + y * y, 0);
    const step = 2 ** -10;
    const moved = (values: Float32Array, at: number, by: number) =>
      values.map((value, i) => (i === at ? value + by : value));
    const slope = (make: (by: number) => { a: Float32Array; m: Float32Array }) =>
      (loss(make(step)) - loss(make(-step))) / (2 * step);
    const expectedA = Array.from(a, (_, i) => slope((by) => ({ a: moved(a, i, by), m })));
    const expectedM = Array.from(m, (_, i) => slope((by) => ({ a, m: moved(m, i, by) })));
    const size = Math.max(...expectedA.map(Math.abs));
    expect(largestGap(da ?? [], expectedA) / size).toBeLessThan(1e-3);
    expect(largestGap(dm ?? [], expectedM) / Math.max(...expectedM.map(Math.abs))).toBeLessThan(1e-3);
  });
});
