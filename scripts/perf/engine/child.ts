// One measuring process: trains one model on one engine of this project and prints a measurement as JSON on its last line.
//   node --import tsx scripts/perf/engine/child.ts MODEL ENGINE BUDGET_MS
import { performance } from "node:perf_hooks";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { enableProdMode, matMul, tensor } from "#harness/engine/tensor.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { COMPARED_STEPS, type Measurement, WARM_UP_PART } from "./measurement.ts";
import { PERF_MODELS } from "./models/catalogue.ts";
import { BATCHES, batchesOf, modelOf } from "./models/model.ts";
import { Trainer } from "./step.ts";

const MIN_STEPS = 5;

const GEMM_SIDE = 512;
const GEMM_TRIES = 10;

/** The best of a few products, by processor time, so that other work on the machine does not count. */
async function gemmGflops(engine: Engine): Promise<number> {
  const values = new Float32Array(GEMM_SIDE ** 2).fill(0.5);
  const [a, b] = [tensor(values, [GEMM_SIDE, GEMM_SIDE]), tensor(values, [GEMM_SIDE, GEMM_SIDE])];
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < GEMM_TRIES; i++) {
    const product = matMul(a, b);
    const before = process.cpuUsage();
    await engine.settle();
    const { user, system } = process.cpuUsage(before);
    product.dispose();
    best = Math.min(best, user + system);
  }
  a.dispose();
  b.dispose();
  return (2 * GEMM_SIDE ** 3) / best / 1000;
}

async function measure(id: string, engineName: string, budgetMs: number): Promise<Measurement> {
  const spec = PERF_MODELS.find((model) => model.id === id);
  if (spec === undefined) throw new Error(`no benchmark model ${id}`);
  enableProdMode();
  const engine = await openEngine(engineName, { threads: 1 });
  const model = modelOf(spec);
  const batches = batchesOf(spec, model);
  const trainer = new Trainer(engine, model);
  let count = 0;
  const step = (tagging = false) => {
    const batch = batches[count++ % BATCHES];
    if (batch === undefined) throw new Error("no batch");
    return trainer.step(batch, tagging);
  };

  const losses: number[] = [];
  const begin = performance.now();
  losses.push(await step());
  const firstStepMs = performance.now() - begin;
  while (losses.length < COMPARED_STEPS) losses.push(await step());
  // JavaScript gets faster for a while: a process that is timed from its first steps shows the compiler, not the engine.
  while (performance.now() - begin < budgetMs * WARM_UP_PART) await step();

  const stepMs: number[] = [];
  const inEngine = engine.stats().runMs;
  const cpu = process.cpuUsage();
  const start = performance.now();
  while (stepMs.length < MIN_STEPS || performance.now() - start < budgetMs) {
    const before = performance.now();
    await step();
    stepMs.push(performance.now() - before);
  }
  const used = process.cpuUsage(cpu);
  const engineMs = (engine.stats().runMs - inEngine) / stepMs.length;
  const peak = await engine.measurePeak(async () => {
    await step(true);
  }, trainer.resident());
  return {
    status: "measured",
    library: Object.entries(engine.facts().versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
    parameters: model.params.reduce((sum, param) => sum + param.size, 0),
    stepMs,
    cpuMs: (used.user + used.system) / 1000 / stepMs.length,
    gemmGflops: await gemmGflops(engine),
    engineMs: engineMs === 0 ? null : engineMs,
    firstStepMs,
    losses,
    peakBytes: peak?.totalBytes ?? null,
  };
}

const [id = "", engineName = "", budget = ""] = process.argv.slice(2);
let result: Measurement;
try {
  result = await measure(id, engineName, Number(budget));
} catch (error) {
  // An engine that does not work here, or lacks a gradient, is a result; anything else on our own engine is a fault.
  if (engineName === "onnx" && !(error instanceof RankbenchError && error.parts.reason === "engine"))
    throw error;
  result = {
    status: "skipped",
    reason: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error),
  };
}
console.log(JSON.stringify(result));
