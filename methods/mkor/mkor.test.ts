import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeToy, measuredCosts, setupOn, stepsOn, type Toy, trainOn } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { mean, square, sub, type Tensor } from "#harness/engine/tensor.ts";
import type { Stage } from "#harness/method/contract.ts";
import { Linear } from "#harness/nn/linear.ts";
import { applyLinear, type LinearSite } from "#harness/nn/site.ts";
import { sgd } from "#harness/optim/sgd.ts";
import { stream } from "#harness/random/stream.ts";
import { method } from "./method.ts";

const [ROWS, IN, OUT] = [32, 5, 4];

describe("mkor on a model", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());

  /** Linear regression on inputs of which the first is a hundred times as large as the others. */
  async function regression(): Promise<Toy> {
    const toy = await makeToy(engine);
    const random = stream(9, "mkor-regression");
    const x = Float32Array.from(
      { length: ROWS * IN },
      (_, at) => random.uniform() * (at % IN === 0 ? 100 : 1),
    );
    const truth = Float32Array.from({ length: IN * OUT }, (_, at) => random.normal() / (at < OUT ? 100 : 1));
    const y = Float32Array.from({ length: ROWS * OUT }, (_, at) => {
      let sum = 0;
      for (let k = 0; k < IN; k++)
        sum += (x[Math.floor(at / OUT) * IN + k] ?? 0) * (truth[k * OUT + (at % OUT)] ?? 0);
      return sum;
    });
    const values = { weight: new Float32Array(IN * OUT), bias: new Float32Array(OUT) };
    const module = new Linear("map", IN, OUT, values);
    const site: LinearSite = { kind: "linear", path: "map", role: "dense", block: null, module };
    const batch = {
      key: "all",
      size: ROWS,
      inputs: { x: { data: x, shape: [ROWS, IN] } },
      targets: { data: y, shape: [ROWS, OUT] },
      items: new Int32Array(ROWS),
    };
    const loss = (scores: Tensor, targets: Tensor): Tensor => mean(square(sub(scores, targets)));
    return {
      ...toy,
      run: { ...toy.run, task: { ...toy.run.task, loss }, data: { ...toy.run.data, longest: () => batch } },
      model: {
        sites: [site],
        head: site,
        params: () => module.params(),
        forward: (inputs, pass) => applyLinear(site, inputs.x as Tensor, pass),
        features: (inputs) => inputs.x as Tensor,
        multiplyAdds: () => 0,
        dispose: () => {},
      },
    };
  }

  it("needs fewer steps than SGD at the same rate where one input is a hundred times as large", async () => {
    const steps = 120;
    const stage: Stage = {
      name: "train",
      learningRate: 1e-4,
      budgetShare: 1,
      optimizer: sgd({ momentum: 0.9 }),
    };
    const plain = await stepsOn(await regression(), stage, steps);
    for (const form of ["code", "ema"]) {
      const toy = await regression();
      const { stages } = await setupOn(toy, method, { form, learningRate: "1e-4" });
      const losses = await stepsOn(toy, stages[0] ?? stage, steps);
      const reached = losses.findIndex((loss) => loss < (plain.at(-1) ?? 0));
      expect(reached, form).toBeGreaterThan(0);
      expect(reached, form).toBeLessThan(steps / 2);
    }
  });

  it.each(["sgd", "adam"])(
    "costs what it declares in front of %s, biases and factors included",
    async (backend) => {
      const toy = await makeToy(engine, 1);
      const made = await setupOn(toy, method, {
        backend,
        learningRate: "0.01",
        refreshEvery: "3",
        warmupSteps: "2",
      });
      expect(measuredCosts(toy, await trainOn(toy, made))).toEqual(made.declared);
      expect(engine.stats().steps.replayed).toBeGreaterThan(0);
    },
  );

  it("leaves a head of fewer than four classes to the rule behind", async () => {
    const toy = await makeToy(engine);
    const { stages } = await setupOn(toy, method);
    const names = stages[0]?.groups?.flatMap(({ params }) => params.map(({ name }) => name)) ?? [];
    expect(names.length).toBeGreaterThan(0);
    expect(names.some((name) => name.startsWith("head"))).toBe(false);
  });
});
