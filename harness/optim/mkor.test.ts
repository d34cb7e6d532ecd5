// MKOR's factors against explicit inverses, and its preconditioned gradient against products on the host.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { type Tensor, tensor1d, tensor2d } from "#harness/engine/tensor.ts";
import { solveSpd } from "#harness/linalg/cholesky.ts";
import { symmetricEigenvalues } from "#harness/linalg/eigen.ts";
import { add, identity, type Matrix, matrixFrom, scale, subtract } from "#harness/linalg/matrix.ts";
import { columnGram, multiply, multiplyABt } from "#harness/linalg/multiply.ts";
import { frobeniusNorm } from "#harness/linalg/norms.ts";
import { stream } from "#harness/random/stream.ts";
import { type FactorRule, mkor, precondition, refreshedFactor, refreshedPair } from "./mkor.ts";
import { sgd } from "./sgd.ts";
import { drive } from "./testing/drive.ts";

const RULE: FactorRule = { form: "code", decay: 0.95, threshold: 2, blend: 0.1, clip: 100 };
const N = 7;

const vectors = (count: number, name: string): Float64Array[] => {
  const random = stream(5, "mkor-test", name);
  return Array.from({ length: count }, () =>
    Float64Array.from({ length: N }, () => 0.7 * random.normal() + 0.3),
  );
};
const outer = (v: Float64Array): Matrix => columnGram(matrixFrom(1, N, v));
const inverse = (m: Matrix): Matrix => solveSpd(m, identity(m.rows));
const gap = (a: Matrix, b: Matrix): number => frobeniusNorm(subtract(a, b)) / frobeniusNorm(b);

describe("an inverse factor", () => {
  it("in form ema is the explicit inverse of the running mean of v v^T, over 20 updates", () => {
    let factor = identity(N);
    let mean = identity(N);
    for (const v of vectors(20, "ema")) {
      factor = refreshedFactor(factor, v, { ...RULE, form: "ema" });
      mean = add(scale(mean, 0.95), scale(outer(v), 0.05));
      expect(gap(factor, inverse(mean))).toBeLessThan(1e-10);
    }
  });

  it("in form code is the inverse of M0^-1 + v v^T with M0 = 0.95 M + 0.05 I", () => {
    let factor = identity(N);
    for (const v of vectors(20, "code")) {
      const blended = add(scale(factor, 0.95), scale(identity(N), 0.05));
      const expected = inverse(add(inverse(blended), outer(v)));
      factor = refreshedFactor(factor, v, RULE);
      expect(gap(factor, expected)).toBeLessThan(1e-10);
    }
  });

  it("as printed grows along v, where the inverse shrinks", () => {
    const v = Float64Array.from({ length: N }, (_, i) => (i === 0 ? 2 : 0));
    const along = (form: FactorRule["form"]) => refreshedFactor(identity(N), v, { ...RULE, form }).data[0];
    // gamma + (1 - gamma) 4 / (gamma^2 (1 + gamma (1 - gamma) 4))
    expect(along("printed")).toBeCloseTo(0.95 + (0.05 * 4) / (0.95 ** 2 * (1 + 0.95 * 0.05 * 4)), 12);
    expect(along("ema")).toBeCloseTo(1 / (0.95 + 0.05 * 4), 12);
    expect(along("code")).toBeCloseTo(1 / (1 + 4), 12);
  });

  it.each(["code", "ema"] as const)("in form %s stays symmetric and positive definite", (form) => {
    let factor = identity(N);
    for (const v of vectors(200, form)) factor = refreshedFactor(factor, v, { ...RULE, form });
    for (let i = 0; i < N; i++)
      for (let j = 0; j < i; j++) expect(factor.data[i * N + j]).toBe(factor.data[j * N + i]);
    expect(symmetricEigenvalues(factor).at(-1)).toBeGreaterThan(0);
  });

  it("is blended with the identity, as its partner is, when an entry has passed the threshold", () => {
    const [large, small] = [scale(identity(N), 3), scale(identity(N), 0.5)];
    const [v = new Float64Array(N)] = vectors(1, "blend");
    const [right, left] = refreshedPair([large, small], [v, v], RULE);
    expect(gap(right, scale(identity(N), 0.9 * 3 + 0.1))).toBeLessThan(1e-12);
    expect(gap(left, scale(identity(N), 0.9 * 0.5 + 0.1))).toBeLessThan(1e-12);
    const [updated] = refreshedPair([small, small], [v.map(() => 1e9), v], RULE);
    expect(updated).toEqual(refreshedFactor(small, new Float64Array(N).fill(100), RULE));
  });
});

describe("the preconditioned gradient", () => {
  const [IN, OUT] = [4, 3];
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  const draw = (count: number, name: string): Float32Array => {
    const random = stream(6, "mkor-test", name);
    return Float32Array.from({ length: count }, () => random.normal());
  };
  const spd = (n: number, name: string): Matrix =>
    add(multiplyABt(matrixFrom(n, n, draw(n * n, name)), matrixFrom(n, n, draw(n * n, name))), identity(n));
  const values = async (x: Tensor | null): Promise<number[]> => [...((await x?.data<"float32">()) ?? [])];
  const size = (x: readonly number[]): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));

  it("is R G L of the joint gradient, as long as that one, and points downhill", async () => {
    const [right, left] = [spd(IN + 1, "right"), spd(OUT, "left")];
    const [gw, gb] = [draw(IN * OUT, "weight"), draw(OUT, "bias")];
    const made = precondition(
      { weight: tensor2d(gw, [IN, OUT]), bias: tensor1d(gb) },
      tensor2d(Float32Array.from(right.data), [IN + 1, IN + 1]),
      tensor2d(Float32Array.from(left.data), [OUT, OUT]),
    );
    await engine.settle();
    const [weight, bias] = [await values(made.weight), await values(made.bias)];
    expect(size(weight) + size(bias)).toBeCloseTo(size([...gw]) + size([...gb]), 4);
    const expected = multiply(multiply(right, matrixFrom(IN + 1, OUT, [...gw, ...gb])), left).data;
    const ratio = (weight[0] ?? 0) / (expected[0] ?? 1);
    for (const [i, value] of [...weight, ...bias].entries())
      expect(value).toBeCloseTo(ratio * (expected[i] ?? 0), 4);
    expect(
      [...weight, ...bias].reduce((dot, value, i) => dot + value * ([...gw, ...gb][i] ?? 0), 0),
    ).toBeGreaterThan(0);
  });

  it("of a zero gradient is zero", async () => {
    const eye = (n: number) => tensor2d(Float32Array.from(identity(n).data), [n, n]);
    const zero = { weight: tensor2d(new Float32Array(IN * OUT), [IN, OUT]), bias: null };
    const made = precondition(zero, eye(IN), eye(OUT));
    await engine.settle();
    expect(await values(made.weight)).toEqual(new Array(IN * OUT).fill(0));
  });

  it("with means of zero leaves the rule behind as it is, to the bit", async () => {
    const weight = { name: "w", shape: [IN, OUT] };
    const options = { ...RULE, refreshEvery: 1, warmupSteps: 0, inner: sgd({ momentum: 0.9 }) };
    const plain = mkor({ weight, bias: null, windows: false }, options).weight;
    const { refresh } = plain;
    if (refresh === undefined) throw new Error("mkor refreshes");
    const seen = { input: new Float32Array(IN), outputGradient: new Float32Array(OUT) };
    const silent = {
      ...plain,
      refresh: {
        ...refresh,
        run: (input: Parameters<typeof refresh.run>[0]) => refresh.run({ ...input, seen }),
      },
    };
    const gradients = [0, 1, 2, 3].map((step) => draw(IN * OUT, `step ${step}`));
    const run = { shape: [IN, OUT], start: draw(IN * OUT, "start"), gradients, learningRate: 0.05 };
    const [with_, without] = [
      await drive(engine, silent, run),
      await drive(engine, sgd({ momentum: 0.9 }), run),
    ];
    expect(with_.values).toEqual(without.values);
  });

  it("holds (in + 1)^2 + out^2 numbers beside the state of the rule behind", () => {
    const weight = { name: "w", shape: [IN, OUT] };
    const options = { ...RULE, refreshEvery: 10, warmupSteps: 10, inner: sgd({ momentum: 0.9 }) };
    const both = mkor({ weight, bias: { name: "b", shape: [OUT] }, windows: false }, options);
    const made = Object.values(both.weight.init(weight)).reduce((sum, held) => sum + 4 * held.size, 0);
    expect(made).toBe(4 * (IN * OUT + (IN + 1) ** 2 + OUT ** 2));
    expect(both.weight.stateBytes(weight)).toBe(made);
    expect([1, 2, 9, 10, 11, 12, 21, 22].filter((step) => both.weight.refresh?.due(step))).toEqual([
      2, 9, 10, 11, 21,
    ]);
  });
});
