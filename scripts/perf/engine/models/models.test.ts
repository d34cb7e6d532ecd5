import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { Trainer } from "../step.ts";
import { PERF_MODELS } from "./catalogue.ts";
import { batchesOf, modelOf } from "./model.ts";

// Counts by hand from the sizes: rows x columns of each map and table, plus biases, gains and shifts.
const PARAMETERS: Readonly<Record<string, number>> = {
  mlp: 128 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10,
  transformer: 2000 * 128 + 32 * 128 + 4 * (12 * 128 * 128 + 13 * 128) + 2 * 128 + 128 * 10 + 10,
  "transformer-7m": 8000 * 256 + 32 * 256 + 6 * (12 * 256 * 256 + 13 * 256) + 2 * 256 + 256 * 10 + 10,
  cnn: 9 * 3 * 32 + 32 + 9 * 32 * 64 + 64 + 9 * 64 * 64 + 64 + 4096 * 10 + 10,
  deepfm: 26_000 * 17 + 416 * 128 + 128 + 128 * 128 + 128 + 128 + 1,
  gru: 2000 * 128 + 2 * (2 * 128 * 384 + 2 * 384) + 256 * 10 + 10,
  embedding: 100_000 * 64 + 64 * 10 + 10,
};

/** Small enough to train a few steps of in a test. */
const QUICK = ["mlp", "deepfm", "gru"];

describe("models of the engine benchmark", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx", {});
  });
  afterAll(async () => engine.dispose());

  it.each(PERF_MODELS)("$id has the parameters of its sizes", (spec) => {
    const { params } = modelOf(spec);
    expect(params.reduce((sum, param) => sum + param.size, 0)).toBe(PARAMETERS[spec.id]);
    for (const param of params) param.dispose();
  });

  it.each(QUICK)("%s learns its first batch and leaves no tensor behind", async (id) => {
    const spec = PERF_MODELS.find((model) => model.id === id);
    if (spec === undefined) throw new Error(`no model ${id}`);
    const model = modelOf(spec);
    const [batch] = batchesOf(spec, model);
    if (batch === undefined) throw new Error("no batch");
    const trainer = new Trainer(engine, model);
    const before = engine.liveTensors();
    const losses: number[] = [];
    for (let i = 0; i < 4; i++) losses.push(await trainer.step(batch));
    expect(engine.liveTensors()).toBe(before);
    expect(losses[3]).toBeLessThan(losses[0] ?? 0);
    for (const tensor of trainer.resident()) tensor.dispose();
  });
});
