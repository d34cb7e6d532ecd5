// The onnx engine trains: gradients against the cpu oracle, repeatability, and nothing left behind.
import { afterEach, describe, expect, it } from "vitest";
import { openEngine } from "../open.ts";
import { mul, type Scalar, sub, type Tensor, tidy, variableGrads } from "../tensor.ts";
import { mlp, type TestModel, transformer } from "../testing/models.ts";

async function gradients(engineName: string, model: TestModel): Promise<Map<string, Float32Array>> {
  const engine = await openEngine(engineName);
  const p = model.parameters(7);
  const { value, grads } = variableGrads(() => model.loss(p, model.batch(3)) as Scalar);
  await engine.settle();
  const out = new Map<string, Float32Array>([["loss", (await value.data()) as Float32Array]]);
  for (const [name, variable] of Object.entries(p)) {
    const gradient = grads[variable.name];
    if (gradient === undefined) throw new Error(`no gradient of ${name}`);
    out.set(name, Float32Array.from(await gradient.data()));
  }
  await engine.dispose();
  return out;
}

function worstRelative(a: Map<string, Float32Array>, b: Map<string, Float32Array>): number {
  let worst = 0;
  for (const [name, x] of a) {
    const y = b.get(name);
    if (y === undefined) return Number.POSITIVE_INFINITY;
    let difference = 0;
    let scale = 0;
    for (const [i, xi] of x.entries()) {
      difference = Math.max(difference, Math.abs(xi - (y[i] ?? Number.NaN)));
      scale = Math.max(scale, Math.abs(xi));
    }
    worst = Math.max(worst, difference / (scale || 1));
  }
  return worst;
}

/** Plain gradient descent in tensor operations; returns the losses. */
async function train(model: TestModel, steps: number, onStep?: (step: number) => void, options = {}) {
  const engine = await openEngine("onnx", options);
  const p = model.parameters(1);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const batch = model.batch(step);
    const { value, grads } = variableGrads(() => model.loss(p, batch) as Scalar);
    for (const variable of Object.values(p)) {
      const gradient = grads[variable.name] as Tensor;
      tidy(() => variable.assign(sub(variable, mul(gradient, 0.1))));
      gradient.dispose();
    }
    batch.x.dispose();
    batch.y.dispose();
    await engine.settle();
    losses.push((await value.data())[0] ?? Number.NaN);
    value.dispose();
    onStep?.(step);
  }
  const weights = new Map<string, Float32Array>();
  for (const [name, variable] of Object.entries(p))
    weights.set(name, Float32Array.from(await variable.data()));
  const stats = engine.stats();
  for (const variable of Object.values(p)) variable.dispose();
  return { engine, losses, weights, stats };
}

afterEach(async () => {
  await (await openEngine("onnx")).dispose();
});

describe("the onnx engine", () => {
  it.each([
    ["an MLP", mlp()],
    ["a two-layer transformer", transformer()],
  ])(
    "computes the gradients of %s as the cpu oracle does, within 1e-5 of each tensor's scale",
    async (_, model) => {
      const oracle = await gradients("tfjs-cpu", model);
      const ours = await gradients("onnx", model);
      expect(ours.size).toBe(oracle.size);
      expect(worstRelative(oracle, ours)).toBeLessThan(1e-5);
    },
  );

  it("repeats a training run bit for bit", async () => {
    const first = await train(transformer(), 20);
    await first.engine.dispose();
    const second = await train(transformer(), 20);
    expect(second.losses).toEqual(first.losses);
    expect(second.weights).toEqual(first.weights);
    expect(first.losses[19]).toBeLessThan(first.losses[0] ?? 0);
  });

  it("gives the same bits with one thread and with two", async () => {
    // Large enough that ONNX Runtime splits the work.
    const sizes = {
      batch: 8,
      length: 16,
      width: 64,
      heads: 4,
      ffn: 256,
      layers: 2,
      vocabulary: 200,
      classes: 5,
    };
    const one = await train(transformer(sizes), 5, undefined, { threads: 1 });
    await one.engine.dispose();
    const two = await train(transformer(sizes), 5, undefined, { threads: 2 });
    await two.engine.dispose();
    expect(two.losses).toEqual(one.losses);
    expect(two.weights).toEqual(one.weights);
  });

  it("leaves no tensor and no memory behind in 500 steps", async () => {
    let tensors = 0;
    let resident = 0;
    const engine = await openEngine("onnx");
    const { stats } = await train(mlp(), 500, (step) => {
      if (step === 50) {
        tensors = engine.liveTensors();
        resident = process.memoryUsage.rss();
      }
      if (step > 50) expect(engine.liveTensors()).toBe(tensors);
    });
    expect(stats.programsBuilt).toBeLessThanOrEqual(2);
    expect(stats.cacheHits).toBeGreaterThanOrEqual(498);
    expect(process.memoryUsage.rss() - resident).toBeLessThan(100e6);
    expect(engine.liveTensors()).toBe(0);
  });
});
