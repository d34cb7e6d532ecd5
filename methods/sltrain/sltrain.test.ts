import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  largestGap,
  makeToy,
  measuredCosts,
  scoresOf,
  setupOn,
  stepsOn,
  trainOn,
} from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { type Scalar, square, sum, tensor2d, tidy, variableGrads } from "#harness/engine/tensor.ts";
import { matrixFrom } from "#harness/linalg/matrix.ts";
import { singularValues } from "#harness/linalg/svd.ts";
import { normal } from "#harness/nn/init.ts";
import { isLinear, Linear } from "#harness/nn/linear.ts";
import { stream } from "#harness/random/stream.ts";
import { drawSupport, method, sizes } from "./method.ts";
import { SltrainLinear } from "./sltrain-linear.ts";

const random = stream(5, "sltrain-test");
const [M, N, R] = [6, 5, 2];
const support = Int32Array.of(1, 4, 11, 12, 29);

describe("sltrain", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  function layer(
    a = normal(M * R, 1, random),
    b = normal(R * N, 1, random),
    values = normal(support.length, 1, random),
  ) {
    const base = new Linear("m", M, N, { weight: new Float32Array(M * N), bias: normal(N, 1, random) });
    return {
      module: new SltrainLinear("m", base, { rank: R, scale: 0.5, a, b, values, support }),
      a,
      b,
      values,
    };
  }

  /** The kernel by explicit sums: entries of A B under the support are kept, not replaced. */
  function kernel({
    a,
    b,
    values,
  }: {
    a: ArrayLike<number>;
    b: ArrayLike<number>;
    values: ArrayLike<number>;
  }): Float64Array {
    const w = Float64Array.from({ length: M * N }, (_, at) => {
      let value = 0;
      for (let k = 0; k < R; k++)
        value += 0.5 * (a[Math.floor(at / N) * R + k] as number) * (b[k * N + (at % N)] as number);
      return value;
    });
    for (const [k, position] of support.entries())
      w[position] = (w[position] as number) + (values[k] as number);
    return w;
  }

  it("adds the sparse part on its support, and merges to the same kernel", async () => {
    const made = layer();
    const eye = tensor2d(
      Array.from({ length: M * M }, (_, i) => (i % (M + 1) === 0 ? 1 : 0)),
      [M, M],
    );
    const y = made.module.apply(eye);
    await engine.settle();
    const bias = (await made.module.bias?.read()) ?? [];
    const expected = kernel(made);
    expect(
      largestGap(
        Array.from(await y.data(), (value, at) => value - (bias[at % N] as number)),
        expected,
      ),
    ).toBeLessThan(1e-5);
    expect(largestGap(await (await made.module.merge()).weight.read(), expected)).toBeLessThan(1e-6);
  });

  it("its gradients equal finite differences; that of the values is the dense gradient on the support", async () => {
    const made = layer();
    const x = normal(4 * M, 1, random);
    const bias = (await made.module.bias?.read())?.slice() ?? new Float32Array(N);
    const loss = (w: Float64Array): number => {
      let total = 0;
      for (let t = 0; t < 4; t++)
        for (let j = 0; j < N; j++) {
          let y = bias[j] as number;
          for (let i = 0; i < M; i++) y += (x[t * M + i] as number) * (w[i * N + j] as number);
          total += y * y;
        }
      return total;
    };
    const { grads } = tidy(() =>
      variableGrads(
        () => sum(square(made.module.apply(tensor2d(x, [4, M])))) as Scalar,
        [made.module.a.variable, made.module.b.variable, made.module.values.variable],
      ),
    );
    await engine.settle();
    const step = 2 ** -9;
    for (const key of ["a", "b", "values"] as const) {
      const got = (await grads[made.module[key].variable.name]?.data()) ?? [];
      const expected = Array.from(made[key], (_, at) => {
        const moved = (by: number) =>
          loss(kernel({ ...made, [key]: made[key].map((value, i) => (i === at ? value + by : value)) }));
        return (moved(step) - moved(-step)) / (2 * step);
      });
      expect(largestGap(got, expected) / Math.max(...expected.map(Math.abs))).toBeLessThan(1e-3);
    }
  });

  it("starts as the sparse part alone; then A's gradient is zero and B's is not", async () => {
    const made = layer(undefined, new Float32Array(R * N));
    const x = tensor2d(normal(4 * M, 1, random), [4, M]);
    const { grads } = tidy(() =>
      variableGrads(
        () => sum(square(made.module.apply(x))) as Scalar,
        [made.module.a.variable, made.module.b.variable],
      ),
    );
    await engine.settle();
    const [da, db] = [
      await grads[made.module.a.variable.name]?.data(),
      await grads[made.module.b.variable.name]?.data(),
    ];
    expect([...(da ?? [1])].every((g) => g === 0)).toBe(true);
    expect([...(db ?? [])].some((g) => g !== 0)).toBe(true);
    const w = await (await made.module.merge()).weight.read();
    expect([...w.keys()].filter((at) => w[at] !== 0)).toEqual([...support]);
  });

  it("draws a sorted support of floor(delta in out) distinct positions that depends on its stream", () => {
    const drawn = drawSupport(1000, 30, stream(1, "support"));
    expect(new Set(drawn).size).toBe(30);
    expect([...drawn]).toEqual([...drawn].sort((a, b) => a - b));
    expect(drawn.every((at) => at >= 0 && at < 1000)).toBe(true);
    expect(drawSupport(1000, 30, stream(1, "support"))).toEqual(drawn);
    expect(drawSupport(1000, 30, stream(2, "support"))).not.toEqual(drawn);
  });

  it("counts the paper's models: 43.5 M numbers at 60M, rank 128, delta 0.03", () => {
    // 8 layers of width 512 and 1376: four square maps, three of the feed-forward; two tables of 32,000 rows; norms.
    const of = (m: number, n: number) => {
      const { rank, support } = sizes({ ratio: 128 / 512, density: 0.03 }, m, n);
      return rank * (m + n) + support;
    };
    const total = 8 * (4 * of(512, 512) + 3 * of(512, 1376)) + 2 * 32_000 * 512 + 17 * 512;
    expect(total / 1e6).toBeCloseTo(43.5, 1);
  });

  it("costs what it declares, trains to a rank above r, keeps its support and deploys both ways alike", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method, { density: "0.3", ratio: "0.25", learningRate: "0.01" });
    const module = toy.model.sites.find(({ path }) => path === "layer.0.attention.query")
      ?.module as SltrainLinear;
    const before = module.support.slice();
    const stage = made.stages[0];
    if (stage === undefined) throw new Error("no stage");
    const losses = await stepsOn(toy, stage, 10);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
    const main = await trainOn(toy, made);
    expect(measuredCosts(toy, main)).toEqual(made.declared);
    expect(module.support).toEqual(before);
    const factored = await scoresOf(toy);

    const other = await makeToy(engine);
    const merged = await setupOn(other, method, {
      density: "0.3",
      ratio: "0.25",
      learningRate: "0.01",
      deploy: "merged",
    });
    const otherStage = merged.stages[0];
    if (otherStage === undefined) throw new Error("no stage");
    await stepsOn(other, otherStage, 10);
    const otherMain = await trainOn(other, merged);
    await merged.finish?.();
    expect(measuredCosts(other, otherMain)).toEqual(merged.declared);
    expect(largestGap(await scoresOf(other), factored)).toBeLessThan(1e-5);
    const query = other.model.sites.find(({ path }) => path === "layer.0.attention.query")?.module;
    if (query === undefined || !isLinear(query)) throw new Error("not merged");
    const s = singularValues(matrixFrom(8, 8, await query.weight.read()));
    expect(s[2]).toBeGreaterThan(1e-2 * (s[0] ?? 1));
  });
});
