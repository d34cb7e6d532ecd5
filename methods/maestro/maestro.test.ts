import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largestGap, makeToy, measuredCosts, scoresOf, setupOn, trainOn } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import {
  addN,
  mul,
  type Scalar,
  square,
  sub,
  sum,
  tensor2d,
  tidy,
  variableGrads,
} from "#harness/engine/tensor.ts";
import { FactoredLinear } from "#harness/nn/factored-linear.ts";
import { normal } from "#harness/nn/init.ts";
import { isLinear } from "#harness/nn/linear.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { stream } from "#harness/random/stream.ts";
import { LodLinear } from "./lod-linear.ts";
import { method, pairs } from "./method.ts";

const random = stream(2, "maestro-test");

function lod(m: number, n: number, std = 1): LodLinear {
  const rank = Math.min(m, n);
  const [a, b] = [normal(m * rank, std, random), normal(rank * n, std, random)];
  return new LodLinear(new FactoredLinear("m", m, n, { rank, a, b, bias: null }));
}

describe("maestro", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  it("the factored model starts at the dense model's scores", async () => {
    const toy = await makeToy(engine);
    const before = await scoresOf(toy);
    await setupOn(toy, method);
    expect(largestGap(await scoresOf(toy), before)).toBeLessThan(1e-4);
  });

  it("running at width b is the product of the first b directions, and only training uses the drawn width", async () => {
    const module = lod(5, 4);
    module.width = 3;
    module.sampled = 2;
    const [a, b] = [await module.factors.a.read(), await module.factors.b.read()];
    const eye = tensor2d(
      Array.from({ length: 25 }, (_, i) => (i % 6 === 0 ? 1 : 0)),
      [5, 5],
    );
    const training = module.apply(eye, { training: true });
    const evaluating = module.apply(eye, EVALUATION);
    await engine.settle();
    const product = (width: number) =>
      Array.from({ length: 20 }, (_, at) => {
        let value = 0;
        for (let k = 0; k < width; k++)
          value += (a[Math.floor(at / 4) * 4 + k] as number) * (b[k * 4 + (at % 4)] as number);
        return value;
      });
    expect(largestGap(await training.data(), product(2))).toBeLessThan(1e-5);
    expect(largestGap(await evaluating.data(), product(3))).toBeLessThan(1e-5);
  });

  it("draws each (map, width) pair once a round, widths from 1", () => {
    const drawn = pairs([3, 2], stream(1, "pairs"));
    expect(drawn.map(({ map, width }) => `${map}:${width}`).sort()).toEqual([
      "0:1",
      "0:2",
      "0:3",
      "1:1",
      "1:2",
    ]);
  });

  it("tail norms and importances are those of explicit sums, and importance never rises", async () => {
    const module = lod(5, 4);
    const [a, b] = [await module.factors.a.read(), await module.factors.b.read()];
    const tail = (from: number) => {
      let [left, right] = [0, 0];
      for (let k = from; k < 4; k++) {
        for (let i = 0; i < 5; i++) left += (a[i * 4 + k] as number) ** 2;
        for (let j = 0; j < 4; j++) right += (b[k * 4 + j] as number) ** 2;
      }
      return [Math.sqrt(left), Math.sqrt(right)] as const;
    };
    const tails = [0, 1, 2, 3].map(tail);
    const norms = module.tailNorms();
    await engine.settle();
    expect((await norms.data())[0]).toBeCloseTo(
      tails.reduce((total, [x, y]) => total + x + y, 0),
      4,
    );
    const importance = await module.importance();
    for (let k = 0; k < 4; k++) {
      expect(importance[k]).toBeCloseTo((tails[k]?.[0] ?? 0) * (tails[k]?.[1] ?? 0), 5);
      if (k > 0) expect(importance[k]).toBeLessThanOrEqual(importance[k - 1] as number);
    }
  });

  it("ordered training finds the truncated SVD at every width, training at full width alone does not", async () => {
    // The card's check in small and without noise: the expected loss over widths 1..4 on a diagonal target.
    const target = [3, 2, 1.2, 0.5];
    const wanted = tensor2d(
      Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? (target[i / 5] ?? 0) : 0)),
      [4, 4],
    );
    const eye = tensor2d(
      Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0)),
      [4, 4],
    );
    const errors = async (widths: readonly number[]): Promise<number[]> => {
      const module = lod(4, 4, 0.3);
      const { a, b } = module.factors;
      const at = (width: number) => {
        module.sampled = width;
        return sum(square(sub(module.apply(eye, { training: true }), wanted)));
      };
      for (let step = 0; step < 700; step++) {
        const next = tidy(() => {
          const { grads } = variableGrads(
            () => mul(addN(widths.map(at)), 1 / widths.length) as Scalar,
            [a.variable, b.variable],
          );
          const rate = step < 500 ? 0.05 : 0.02;
          return [a, b].map((param) => {
            const gradient = grads[param.variable.name];
            if (gradient === undefined) throw new Error("no gradient");
            return sub(param.variable, mul(gradient, rate));
          });
        });
        for (const [i, param] of [a, b].entries()) {
          const value = next[i];
          if (value !== undefined) param.assign(value);
        }
        await engine.settle();
      }
      const left: number[] = [];
      for (const width of [1, 2, 3]) {
        const error = tidy(() => at(width));
        await engine.settle();
        left.push(Math.sqrt((await error.data())[0] ?? 0));
      }
      return left;
    };
    const tails = [1, 2, 3].map((width) => Math.hypot(...target.slice(width)));
    const ordered = await errors([1, 2, 3, 4]);
    for (const [i, tail] of tails.entries())
      expect(Math.abs((ordered[i] ?? 0) / tail - 1)).toBeLessThan(0.02);
    const plain = await errors([4]);
    expect(plain[1]).toBeGreaterThan(1.1 * (tails[1] ?? 0));
  });

  it("a larger lasso leaves fewer numbers; pruned and masked models agree; costs are as declared, also with a full pass", async () => {
    const sizes: number[] = [];
    for (const config of [{ lasso: "0" }, { lasso: "3e-2", fullPass: "true" }, { lasso: "1" }]) {
      const toy = await makeToy(engine, 1, { epochs: 4 });
      const made = await setupOn(toy, method, {
        shrinkEvery: "3",
        threshold: "0.3",
        learningRate: "0.03",
        ...config,
      });
      const main = await trainOn(toy, made);
      for (const { module } of toy.model.sites) {
        if (!(module instanceof LodLinear)) continue;
        const importance = await module.importance();
        module.width = Math.max(1, importance.filter((value) => value >= 0.3).length);
      }
      const masked = await scoresOf(toy);
      await made.finish?.();
      expect(largestGap(await scoresOf(toy), masked)).toBeLessThan(1e-5);
      expect(measuredCosts(toy, main)).toEqual(made.declared);
      for (const { kind, module } of toy.model.sites)
        expect(kind !== "linear" || isLinear(module) || module instanceof FactoredLinear).toBe(true);
      sizes.push(made.declared.deployedParameters);
    }
    expect(sizes[0]).toBeGreaterThan(sizes[1] ?? 0);
    expect(sizes[1]).toBeGreaterThan(sizes[2] ?? 0);
  });
});
