import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradientOfSquares, trainAndDeploy } from "#harness/check/toy/kit.ts";
import { largestGap, makeToy, setupOn } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { type Scalar, tensor2d, tidy, variableGrads } from "#harness/engine/tensor.ts";
import { normal } from "#harness/nn/init.ts";
import { Linear } from "#harness/nn/linear.ts";
import { MaskedFlowLinear } from "#harness/nn/masked-flow-linear.ts";
import { groupMask } from "#harness/nn/masks.ts";
import { SparseLinear } from "#harness/nn/sparse-linear.ts";
import { stream } from "#harness/random/stream.ts";
import { method } from "./method.ts";
import { flowAt, geometricStages, type Schedule, stepwiseStages } from "./schedule.ts";

const final = { n: 1, m: 4 };
const schedule: Schedule = { recipe: "mdgf-exp", final, denseShare: 0.1, hardShare: 0.1, speed: 4 };
const betas = (given: Schedule) => Array.from({ length: 100 }, (_, index) => flowAt(index, 100, given).beta);

describe("mdgf's schedules", () => {
  it("stages are the card's tables", () => {
    const text = (stages: { n: number; m: number }[]) => stages.map(({ n, m }) => `${n}:${m}`).join(" ");
    expect(text(stepwiseStages({ n: 1, m: 16 }))).toBe("15:16 8:16 4:16 2:16 1:16");
    expect(text(geometricStages({ n: 1, m: 8 }))).toBe("8:64 4:32 2:16 1:8");
  });

  it("the flow is 1 while dense, falls without rising, and is 0 in the hard phase", () => {
    for (const recipe of ["mdgf-exp", "mdgf-linear"] as const) {
      const all = betas({ ...schedule, recipe });
      expect(all.slice(0, 11)).toEqual(new Array(11).fill(1));
      expect(all.slice(90)).toEqual(new Array(10).fill(0));
      for (let i = 1; i < 100; i++) expect(all[i]).toBeLessThanOrEqual(all[i - 1] as number);
      expect(all[50]).toBeCloseTo(recipe === "mdgf-exp" ? Math.exp(-2) : 0.5, 12);
    }
    // Without a hard phase the linear flow would reach 0 one step after the last.
    expect(betas({ ...schedule, recipe: "mdgf-linear", denseShare: 0, hardShare: 0 })[99]).toBeCloseTo(
      0.01,
      12,
    );
  });

  it("stages share the decay equally and end at the final pattern", () => {
    const patterns = Array.from(
      { length: 100 },
      (_, index) =>
        flowAt(index, 100, { ...schedule, recipe: "sdgf-stepwise", denseShare: 0, hardShare: 0 }).pattern.n,
    );
    expect([0, 33, 34, 66, 67, 99].map((index) => patterns[index])).toEqual([3, 3, 2, 2, 1, 1]);
  });
});

describe("mdgf", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  const random = stream(55, "mdgf-test");
  const [w, x] = [normal(40, 1, random), normal(16, 1, random)];
  const layer = (beta: number, straightThrough: boolean) =>
    new MaskedFlowLinear(
      new Linear("m", 8, 5, { weight: w, bias: null }),
      final,
      { pattern: final, beta },
      straightThrough,
    );
  const mask = groupMask(w, 8, 5, 1, 4);

  const gradient = (module: MaskedFlowLinear) =>
    gradientOfSquares(engine, module, tensor2d(x, [2, 8]), module.base.weight);
  /** dL/dWeff of the loss sum y^2 at Weff = W hold. */
  function reference(hold: (at: number) => number): number[] {
    const y = Array.from({ length: 10 }, (_, at) => {
      let value = 0;
      for (let i = 0; i < 8; i++)
        value +=
          (x[Math.floor(at / 5) * 8 + i] as number) *
          (w[i * 5 + (at % 5)] as number) *
          hold(i * 5 + (at % 5));
      return value;
    });
    return Array.from(w, (_, at) => {
      const [i, j] = [Math.floor(at / 5), at % 5];
      return 2 * ((x[i] as number) * (y[j] as number) + (x[8 + i] as number) * (y[5 + j] as number));
    });
  }

  it("at flow 1 it is the dense map; in between pruned weights get beta times the kept ones' rule, or all of it straight through", async () => {
    const hold = (beta: number) => (at: number) => (mask[at] === 1 ? 1 : beta);
    for (const beta of [1, 0.3, 0]) {
      const dense = reference(hold(beta));
      const masked = dense.map((g, at) => g * hold(beta)(at));
      expect(largestGap(await gradient(layer(beta, false)), masked)).toBeLessThan(1e-4);
      expect(largestGap(await gradient(layer(beta, true)), dense)).toBeLessThan(1e-4);
    }
  });

  it("deploys the hard mask of the final pattern, which evaluation used all along, and costs what it declares", async () => {
    for (const recipe of ["mdgf-exp", "sdgf-geometric", "sr-ste"]) {
      const toy = await makeToy(engine);
      const made = await setupOn(toy, method, { recipe, n: "2", m: "4" });
      const { trained, first, again, costs } = await trainAndDeploy(toy, made);
      expect(largestGap(first.scores, trained)).toBeLessThan(1e-6);
      expect(costs).toEqual(made.declared);
      expect(again).toEqual(first);
      const sparse = toy.model.sites.flatMap(({ module }) =>
        module instanceof SparseLinear ? [module] : [],
      );
      expect(sparse.map((module) => module.kept)).toEqual([48, 48, 48, 48]);
    }
  });

  it("SR-STE's pull has the gradient lambda (1 - m) W", async () => {
    const toy = await makeToy(engine);
    const made = await setupOn(toy, method, { recipe: "sr-ste", targets: "ffn-in", srSteDecay: "0.5" });
    const module = toy.model.sites.find(({ path }) => path === "layer.0.ffn.in")?.module as MaskedFlowLinear;
    const values = (await module.base.weight.read()).slice();
    const stage = made.stages[0];
    const { grads } = tidy(() =>
      variableGrads(() => {
        const loss = stage?.extraLoss?.({
          model: toy.model,
          batch: { inputs: {}, targets: tensor2d([[0]]), size: 1 },
          scores: tensor2d([[0]]),
          step: 1,
        });
        if (loss === undefined) throw new Error("no pull");
        return loss as Scalar;
      }, [module.base.weight.variable]),
    );
    await engine.settle();
    const kept = groupMask(values, 8, 12, 1, 8);
    const expected = Array.from(values, (value, at) => (kept[at] === 1 ? 0 : 0.5 * value));
    expect(largestGap((await grads[module.base.weight.variable.name]?.data()) ?? [], expected)).toBeLessThan(
      1e-6,
    );
  });
});
