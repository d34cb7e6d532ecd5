// What an optimizer is shown of its site: inputs and output gradients whose product is the weight's gradient.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeToy, stepsOn, type Toy } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import type { Stage } from "#harness/method/contract.ts";
import { isLinear } from "#harness/nn/linear.ts";
import type { Param } from "#harness/nn/param.ts";
import type { Optimizer, RefreshInput } from "#harness/optim/optimizer.ts";
import { sgd } from "#harness/optim/sgd.ts";

describe("a site that an optimizer watches", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  /** Plain SGD that is shown the rows of its site at the second step. */
  function watching(seen: Map<string, RefreshInput>): Optimizer {
    return {
      ...sgd(),
      refresh: {
        due: (step) => step === 2,
        see: ({ input, outputGradient }) => ({ input, outputGradient }),
        run: (given) => {
          seen.set(given.param.name, given);
          return {};
        },
      },
    };
  }

  const train = (toy: Toy, params: readonly Param[], optimizer: Optimizer): Promise<number[]> => {
    const groups = [{ name: "watched", params, optimizer }];
    const stage: Stage = { name: "train", learningRate: 0.1, budgetShare: 1, optimizer: sgd(), groups };
    return stepsOn(toy, stage, 3);
  };

  it("is seen with the rows whose product is its weight's gradient, and trains as it does unseen", async () => {
    const toy = await makeToy(engine, 4);
    const weights = toy.model.sites.flatMap(({ module }) => (isLinear(module) ? [module.weight] : []));
    const seen = new Map<string, RefreshInput>();
    const losses = await train(toy, weights, watching(seen));
    expect(seen.size).toBe(weights.length);
    for (const { param, gradient, seen: shown } of seen.values()) {
      const { input = new Float32Array(), outputGradient = new Float32Array() } = shown ?? {};
      const [fanIn = 0, fanOut = 0] = param.shape;
      const rows = input.length / fanIn;
      expect(outputGradient.length).toBe(rows * fanOut);
      for (const at of [0, gradient.length - 1]) {
        const [i, j] = [Math.floor(at / fanOut), at % fanOut];
        let sum = 0;
        for (let row = 0; row < rows; row++)
          sum += (input[row * fanIn + i] ?? 0) * (outputGradient[row * fanOut + j] ?? 0);
        expect(gradient[at], param.name).toBeCloseTo(sum, 5);
      }
    }
    expect(await train(await makeToy(engine, 4), [], sgd())).toEqual(losses);
  });

  it("must be the one of a dense weight", async () => {
    const toy = await makeToy(engine, 4);
    const [bias] = toy.model.params().filter(({ role }) => role === "bias");
    if (bias === undefined) throw new Error("the toy has biases");
    await expect(train(toy, [bias], watching(new Map()))).rejects.toThrow(/not the weight/);
  });
});
