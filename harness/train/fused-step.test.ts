// Updates inside the backward pass on a chain of square layers: the memory by closed form, the weights against plain SGD.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeToy, stepsOn, type Toy, trainOn, valuesOf } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import type { Tensor } from "#harness/engine/tensor.ts";
import type { MethodRun, Stage } from "#harness/method/contract.ts";
import { normal } from "#harness/nn/init.ts";
import { Linear } from "#harness/nn/linear.ts";
import type { Model } from "#harness/nn/model.ts";
import { applyLinear, type LinearSite } from "#harness/nn/site.ts";
import { lomo } from "#harness/optim/lomo.ts";
import type { Optimizer } from "#harness/optim/optimizer.ts";
import { sgd } from "#harness/optim/sgd.ts";
import { stream } from "#harness/random/stream.ts";
import { stagePeak } from "./peak.ts";
import { makeSlots } from "./slots.ts";

const STAGE: Stage = { name: "train", learningRate: 0.1, budgetShare: 1 };
const FUSED: Stage = { ...STAGE, updates: "in-backward", optimizer: lomo() };

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine("onnx");
});
afterAll(() => engine.dispose());

const BATCH = 2;
const WIDTHS = [6, 64, 128, 64, 2] as const;

/** A chain of maps without bias on the toy's masks: y = x W_1 W_2 W_3 W_4. */
function chain(): Model {
  const random = stream(1, "chain");
  const sites = WIDTHS.slice(1).map((fanOut, i): LinearSite => {
    const fanIn = WIDTHS[i] ?? 0;
    const weight = normal(fanIn * fanOut, fanIn ** -0.5, random);
    const module = new Linear(`map.${i}`, fanIn, fanOut, { weight, bias: null });
    return { kind: "linear", path: `map.${i}`, role: "dense", block: null, module };
  });
  const params = () => sites.flatMap(({ module }) => module.params());
  return {
    sites,
    head: sites[3] as LinearSite,
    params,
    forward: ({ mask }, pass) => sites.reduce((x, site) => applyLinear(site, x, pass), mask as Tensor),
    features: ({ mask }) => mask as Tensor,
    multiplyAdds: () => 0,
    dispose() {
      for (const param of params()) param.dispose();
    },
  };
}

async function peakOf(stage: Stage, clipNorm: number | null) {
  const { run } = await makeToy(engine, 1, { batchSize: BATCH, clipNorm });
  const model = chain();
  const slots = makeSlots(model, stage, 0);
  const peak = await stagePeak(run, stage, model, slots, 1);
  model.dispose();
  return peak?.parts;
}

async function weightsAfter(stage: Stage, clipNorm: number | null): Promise<Map<string, Float32Array>> {
  const toy: Toy = await makeToy(engine, 2, { clipNorm, epochs: 4 });
  const made: MethodRun = {
    stages: [stage],
    declared: { trainable: 0, optimizerStateBytes: 0, deployedParameters: 0, deployedBytes: 0 },
  };
  await trainOn(toy, made);
  const values = await valuesOf(toy.model);
  toy.model.dispose();
  return values;
}

describe("a step with its updates inside the backward pass", () => {
  it.each([null, 0.05])("has the bits of plain SGD, clipped to a norm of %s", async (clipNorm) => {
    const plain = await weightsAfter({ ...STAGE, optimizer: sgd() }, clipNorm);
    expect(await weightsAfter(FUSED, clipNorm)).toEqual(plain);
    if (clipNorm !== null)
      expect(await weightsAfter({ ...FUSED, clip: "none" }, clipNorm)).not.toEqual(plain);
  });

  it.each([null, 1])(
    "holds one gradient, the largest, at its peak; clipping to a norm of %s included",
    async (clip) => {
      const sizes = WIDTHS.slice(1).map((fanOut, i) => 4 * fanOut * (WIDTHS[i] ?? 0));
      const weights = sizes.reduce((a, b) => a + b, 0);
      const plain = await peakOf({ ...STAGE, optimizer: sgd() }, clip);
      const fused = await peakOf(FUSED, clip);
      expect(plain?.gradients).toBeGreaterThanOrEqual(weights - (sizes[0] ?? 0));
      expect(fused).toMatchObject({ weights, gradients: Math.max(...sizes), optimizerState: 0 });
    },
  );

  it("refuses an optimizer that reads whole gradients on the host", async () => {
    const toy = await makeToy(engine);
    const optimizer: Optimizer = { ...sgd(), refresh: { due: () => false, run: () => ({}) } };
    await expect(stepsOn(toy, { ...FUSED, optimizer }, 1)).rejects.toThrow(/inside the backward pass/);
    toy.model.dispose();
  });
});
