import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { tensor1d } from "#harness/engine/tensor.ts";
import { adam, adamw } from "./adam.ts";
import { clipScale } from "./clip.ts";
import { lomo } from "./lomo.ts";
import type { Optimizer, OptimizerState } from "./optimizer.ts";
import { sgd } from "./sgd.ts";

interface Rates {
  readonly learningRate: number;
  readonly weightDecay: number;
}

for (const name of ["tfjs-cpu", "onnx"] as const) {
  describe(`optimizers on ${name}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await openEngine(name, {});
    });
    afterAll(async () => engine.dispose());

    /** Values after each of a row of gradients, for one weight that starts at 1. */
    async function follow(optimizer: Optimizer, gradients: number[], rates: Rates): Promise<number[]> {
      const param = { name: "w", shape: [1] };
      let value = tensor1d([1]);
      let state: OptimizerState = optimizer.init(param);
      const seen: number[] = [];
      for (const [i, g] of gradients.entries()) {
        const gradient = tensor1d([g]);
        const out = optimizer.update({
          param,
          value,
          gradient,
          state,
          ...rates,
          step: i + 1,
          first: i === 0,
          gradientScale: null,
        });
        await engine.settle();
        value = out.value as typeof value;
        state = out.state;
        seen.push((await value.data())[0] ?? Number.NaN);
      }
      return seen;
    }

    it("AdamW decays before the step (case 2: .850000, then .780866)", async () => {
      const seen = await follow(adamw(), [2, -1], { learningRate: 0.1, weightDecay: 0.5 });
      expect(seen[0]).toBeCloseTo(0.85, 6);
      expect(seen[1]).toBeCloseTo(0.780866, 6);
    });

    it("Adam ignores the decay", async () => {
      const with_ = await follow(adam(), [2, -1], { learningRate: 0.1, weightDecay: 0.5 });
      const without = await follow(adam(), [2, -1], { learningRate: 0.1, weightDecay: 0 });
      expect(with_).toEqual(without);
      expect(with_[0]).toBeCloseTo(0.9, 6);
    });

    it("SGD with momentum follows the closed form of two steps", async () => {
      // b1 = g1, b2 = 0.9 g1 + g2; w = 1 - 0.1 (b1 + b2)
      const seen = await follow(sgd({ momentum: 0.9 }), [2, -1], { learningRate: 0.1, weightDecay: 0 });
      expect(seen[0]).toBeCloseTo(0.8, 6);
      expect(seen[1]).toBeCloseTo(0.8 - 0.1 * (0.9 * 2 - 1), 6);
    });

    it("plain SGD keeps no state and decays the value", async () => {
      const param = { name: "w", shape: [3, 4] };
      expect(sgd().init(param)).toEqual({});
      expect(sgd().stateBytes(param)).toBe(0);
      const seen = await follow(sgd(), [2], { learningRate: 0.1, weightDecay: 0.5 });
      expect(seen[0]).toBeCloseTo(1 - 0.1 * 0.5 - 0.1 * 2, 6);
    });

    it("LOMO's rule is SGD's to the bit, and cuts entries where it is told to", async () => {
      const gradients = [0.3, -1.7, 12.345];
      const rates = { learningRate: 0.0371, weightDecay: 0.013 };
      expect(await follow(lomo(), gradients, rates)).toEqual(await follow(sgd(), gradients, rates));
      expect(await follow(lomo({ clipValue: 1 }), gradients, rates)).toEqual(
        await follow(sgd(), [Math.fround(0.3), -1, 1], rates),
      );
    });

    it("declares the bytes of the state that it makes", () => {
      const param = { name: "w", shape: [3, 4] };
      for (const optimizer of [adam(), adamw(), sgd(), sgd({ momentum: 0.9 })]) {
        const made = Object.values(optimizer.init(param)).reduce((sum, tensor) => sum + 4 * tensor.size, 0);
        expect(optimizer.stateBytes(param)).toBe(made);
      }
    });

    it("clips by the norm over all gradients together, and leaves small ones alone", async () => {
      const scale = async (limit: number) => {
        const out = clipScale([tensor1d([3, 0]), tensor1d([0, 4])], limit);
        await engine.settle();
        return (await out.data())[0];
      };
      expect(await scale(1)).toBeCloseTo(1 / 5, 6);
      expect(await scale(10)).toBe(1);
    });
  });
}
