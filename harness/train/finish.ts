// After training: the deployed model, its test scores, its costs, its latency, and the metrics made of them.
import { dispose, keep, type Tensor, tidy } from "#harness/engine/tensor.ts";
import { type LatencyOptions, type LatencySample, measureLatency } from "#harness/measure/latency.ts";
import { countDeployed, hashWeights } from "#harness/measure/parameters.ts";
import type { DeclaredCosts, MethodRun } from "#harness/method/contract.ts";
import type { ExampleShape, Model } from "#harness/nn/model.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { stream } from "#harness/random/stream.ts";
import type { CostMetricId, MetricId } from "#harness/record/metrics.ts";
import { packArray } from "#harness/record/pack.ts";
import type { Measured, Outcome, Phase, RunResult } from "#harness/record/schema.ts";
import type { HostBatch } from "#harness/task/contract.ts";
import type { TimedRun } from "./alone.ts";
import { uploadBatch, uploadInputs } from "./batch.ts";
import { evaluate } from "./evaluate.ts";
import type { MainStage } from "./method-run.ts";
import { now } from "./reporter.ts";
import type { RunContext } from "./stage.ts";

/**
 * Batches whose latency is measured, and timed passes of each after warm-up: as many as a stable p95 takes in seconds.
 * Scale `smoke` has fewer, to keep its promise of seconds in all.
 */
const LATENCY = [
  {
    batch: 1,
    full: { warmupIterations: 20, iterations: 200 },
    quick: { warmupIterations: 2, iterations: 12 },
  },
  {
    batch: 32,
    full: { warmupIterations: 5, iterations: 100 },
    quick: { warmupIterations: 1, iterations: 5 },
  },
] as const;

export interface FinishInput {
  readonly run: RunContext;
  readonly made: MethodRun;
  readonly model: Model;
  readonly main: MainStage;
  readonly timed: TimedRun;
  /** When the run's process began its work, on the reporter's clock. */
  readonly started: number;
}

async function latency(
  run: RunContext,
  model: Model,
  batch: HostBatch,
  options: LatencyOptions,
): Promise<LatencySample> {
  const forward = async (): Promise<void> => {
    let scores: Tensor | undefined;
    tidy(() => {
      scores = keep(model.forward(uploadBatch(batch).inputs, EVALUATION));
    });
    await run.engine.settle();
    await scores?.data();
    if (scores !== undefined) dispose(scores);
  };
  const release = model.hold?.();
  try {
    return await measureLatency(run.engine, forward, options);
  } finally {
    release?.();
  }
}

/** What the deployed model writes, where the task lets it. */
async function generate(run: RunContext, model: Model): Promise<string | null> {
  const { engine, task, data, reporter } = run;
  if (task.generate === undefined) return null;
  const writing = reporter.begin("generate", "evaluate");
  const text = await task.generate({
    data,
    random: stream(run.seed, "generate"),
    async forward(inputs) {
      const outputs = tidy(() => keep(model.forward(uploadInputs(inputs), EVALUATION)));
      await engine.settle();
      const values = await outputs.data<"float32">();
      outputs.dispose();
      return values;
    },
  });
  writing.end();
  return text;
}

const describe = (example: ExampleShape): string =>
  Object.entries(example)
    .map(([name, size]) => `${size} ${name}`)
    .join(", ");

const seconds = (phases: readonly Phase[], kinds: readonly Phase["kind"][]): number =>
  phases.filter((phase) => kinds.includes(phase.kind)).reduce((sum, phase) => sum + phase.seconds, 0);

/** A count that the method's formula and the model disagree on is a defect of the method: the run fails loudly. */
function checkDeclared(declared: DeclaredCosts, measured: DeclaredCosts): void {
  for (const key of Object.keys(declared) as (keyof DeclaredCosts)[]) {
    if (declared[key] !== measured[key]) {
      throw new Error(`declared cost ${key} is ${declared[key]} by formula but ${measured[key]} as measured`);
    }
  }
}

/** Deploys, evaluates and measures the trained model. Throws Divergence when its scores are not finite. */
export async function finishRun({ run, made, model, main, timed, started }: FinishInput): Promise<Outcome> {
  const { engine, task, data, reporter } = run;
  const finishing = reporter.begin("finish", "finish");
  await made.finish?.();
  await engine.settle();
  finishing.end();

  const generated = await generate(run, model);

  const evaluating = reporter.begin("test", "evaluate");
  const test = await evaluate(engine, task, model, data.test);
  const validation = await evaluate(engine, task, model, data.validation);
  evaluating.end({ examples: data.test.size + data.validation.size });

  const deployed = countDeployed(model);
  checkDeclared(made.declared, {
    trainable: main.counts.trainable,
    optimizerStateBytes: main.stateBytes,
    deployedParameters: deployed.parameters,
    deployedBytes: deployed.bytes,
  });

  const timings: RunResult["latency"] = [];
  const metrics = new Map<MetricId, Measured>(Object.entries(test.quality) as [MetricId, Measured][]);
  const set = (id: CostMetricId, value: number): void => {
    metrics.set(id, { value });
  };
  await timed.alone(async () => {
    const measuring = reporter.begin("latency", "measure");
    for (const { batch: size, full, quick } of LATENCY) {
      const { batch, example } = data.typical(size);
      const sample = await latency(run, model, batch, run.preset.sampleOnly ? quick : full);
      timings.push({ batch: size, inputShape: describe(example), ...sample });
      set(`latency-${size}-p50`, sample.p50Ms);
      set(`latency-${size}-p95`, sample.p95Ms);
      set(`latency-${size}-p99`, sample.p99Ms);
      if (size === 1) set("multiply-adds", model.multiplyAdds(example));
    }
    measuring.end();
  });

  set("parameters-trainable", main.counts.trainable);
  set("parameters-trainable-without-head", main.counts.trainableWithoutHead);
  set("parameters-training", main.counts.all);
  set("parameters-deployed", deployed.parameters);
  set("deployed-bytes", deployed.bytes);
  set("optimizer-state-bytes", main.stateBytes);
  if (main.peak !== null) {
    set("memory-logical-peak", main.peak.totalBytes);
    set("memory-weights", main.peak.parts.weights);
    set("memory-gradients", main.peak.parts.gradients);
    set("memory-optimizer-state", main.peak.parts.optimizerState);
    set("memory-activations", main.peak.parts.activations);
  }
  set("memory-process-peak", process.resourceUsage().maxRSS * 1024);
  set(
    "steps-total",
    reporter.phases.reduce((sum, phase) => sum + phase.steps, 0),
  );
  set("time-training", seconds(reporter.phases, ["dense", "calibrate", "train"]));
  set("time-total", (now() - started) / 1000);
  if (main.phase !== null) set("steps-per-second", main.phase.steps / main.phase.seconds);

  const { size: items, targets } = data.test;
  const rows = (values: Float32Array | Int32Array) =>
    values.length === items ? [items] : [items, values.length / items];
  const shape = task.predictionKind === "logits" ? [items, task.outputs] : rows(test.scores);
  const result: RunResult = {
    metrics: Object.fromEntries(metrics),
    validation: validation.quality,
    predictions: {
      kind: task.predictionKind,
      scores: packArray(test.scores, shape),
      targets: packArray(targets, rows(targets)),
    },
    ...(generated === null ? {} : { generated }),
    latency: timings,
    engineStats: { ...engine.stats() },
    weightsSha256: await hashWeights(model),
  };
  return { state: "ok", result };
}
