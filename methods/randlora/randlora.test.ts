import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { declaredOn, largestGap } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { tensor2d } from "#harness/engine/tensor.ts";
import { matrixFrom } from "#harness/linalg/matrix.ts";
import { singularValues } from "#harness/linalg/svd.ts";
import { normal } from "#harness/nn/init.ts";
import { Linear } from "#harness/nn/linear.ts";
import { Param } from "#harness/nn/param.ts";
import { stream } from "#harness/random/stream.ts";
import { method, unitSpread } from "./method.ts";
import { basesFor, RandLoraLinear } from "./randlora-linear.ts";

describe("RandLoraLinear", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("trains n (r + min(in, out)) numbers a map and the head", async () => {
    // Smaller width 8 everywhere, so n = 3 bases of rank 3: 3 (3 + 8) numbers for query and ffn-out alike; the head.
    const { trainable } = await declaredOn(engine, method, { rank: "3", targets: "query,ffn-out" });
    expect(trainable).toBe(2 * 2 * 33 + 18);
  });

  const RANK = 3;
  const random = stream(19, "randlora-test");
  const frozen = (name: string, shape: number[]) =>
    new Param(
      name,
      shape,
      unitSpread(
        shape.reduce((x, y) => x * y, 1),
        random,
      ),
      { role: "factor", trainable: false },
    );

  async function layer(m: number, n: number) {
    const bases = { a: frozen("a", [RANK, 9]), b: frozen("b", [11, RANK, 4]), rank: RANK };
    const base = new Linear("m", m, n, { weight: new Float32Array(m * n), bias: null });
    const module = new RandLoraLinear("m", base, bases);
    return { module, a: (await bases.a.read()).slice(), b: (await bases.b.read()).slice() };
  }

  it("branch, merged weight and the card's sum over bases agree, for in < out, in > out and in = out", async () => {
    for (const [m, n] of [
      [7, 10],
      [10, 7],
      [8, 8],
    ] as const) {
      const { module, a, b } = await layer(m, n);
      const d = Math.min(m, n);
      const large = Math.max(m, n);
      const count = basesFor(d, RANK);
      module.lam.load(normal(RANK * count, 1, random));
      module.gam.load(normal(count * d, 1, random));
      const [lam, gam] = [(await module.lam.read()).slice(), (await module.gam.read()).slice()];
      // dW [D, d] = s sum_j B_j diag(lam_j) A diag(gam_j), turned so that d is the small side of the [in, out] kernel.
      const update = new Float64Array(m * n);
      for (let p = 0; p < large; p++) {
        for (let c = 0; c < d; c++) {
          let value = 0;
          for (let j = 0; j < count; j++)
            for (let k = 0; k < RANK; k++) {
              value +=
                (b[(p * RANK + k) * 4 + j] as number) *
                (lam[k * count + j] as number) *
                (a[k * 9 + c] as number) *
                (gam[j * d + c] as number);
            }
          update[m === d ? c * n + p : p * n + c] = (2 / Math.sqrt(count)) * value;
        }
      }
      const x = normal(2 * m, 1, random);
      const y = module.apply(tensor2d(x, [2, m]));
      await engine.settle();
      const expected = Array.from({ length: 2 * n }, (_, at) => {
        let sum = 0;
        for (let i = 0; i < m; i++)
          sum += (x[Math.floor(at / n) * m + i] as number) * (update[i * n + (at % n)] as number);
        return sum;
      });
      const size = Math.max(...expected.map(Math.abs));
      expect(largestGap(await y.data(), expected) / size).toBeLessThan(1e-5);
      const merged = await module.merge();
      expect(largestGap(await merged.weight.read(), update) / size).toBeLessThan(1e-5);
    }
  });

  it("with gam constant the update has rank r, with gam different per basis full rank", async () => {
    const rankOf = async (spread: number) => {
      const { module } = await layer(7, 10);
      module.lam.load(normal(RANK * 3, 1, random));
      module.gam.load(normal(21, spread, random).map((x) => 0.1 + x));
      const s = singularValues(matrixFrom(7, 10, await (await module.merge()).weight.read()));
      return s.filter((value) => value > 1e-5 * (s[0] ?? 1)).length;
    };
    expect(await rankOf(0)).toBe(RANK);
    expect(await rankOf(1)).toBe(7);
  });

  it("bases have unit spread and repeat with their stream", () => {
    const values = unitSpread(5000, stream(3, "b"));
    expect(values.reduce((sum, x) => sum + x * x, 0) / 5000).toBeCloseTo(1, 2);
    expect(unitSpread(5000, stream(3, "b"))).toEqual(values);
  });
});
