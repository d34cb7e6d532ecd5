// Records for tests, of every outcome, full enough that a lost field shows. Values come from arithmetic, not from chance.
import { type ConfigValue, type Identity, PROTOCOL, runId } from "../identity.ts";
import { MEASURES, type Measurement } from "../measurement.ts";
import { COST_METRICS, type CostMetricId } from "../metrics.ts";
import { packArray } from "../pack.ts";
import { type Measured, type Outcome, RECORD_SCHEMA, type RunRecord, type RunResult } from "../schema.ts";

/** Numbers in (-1, 1) that look irregular and depend on `at` alone. */
const wobble = (at: number): number => Math.sin(at * 12.9898 + 4.1414);

export function sampleIdentity(changes: Partial<Identity> = {}): Identity {
  const config: Record<string, ConfigValue> = {
    rank: 8,
    lr: 5e-4,
    targets: ["query", "value"],
    nested: { b: null, a: true },
  };
  return {
    task: "glue-sst2",
    taskVersion: 1,
    scale: "small",
    method: "galore",
    config,
    seed: 0,
    engine: "onnx",
    spec: "cpu-2core",
    protocol: PROTOCOL,
    data: "sst2:0f3a",
    ...changes,
  };
}

export function sampleResult(at: number, items = 40): RunResult {
  const scores = Float32Array.from({ length: items * 2 }, (_, i) => 3 * wobble(at + i));
  const targets = Int32Array.from({ length: items }, (_, i) => (wobble(at + 7 * i) > 0 ? 1 : 0));
  const costs = Object.fromEntries(
    // What is measured apart from the run stands in no record.
    (Object.keys(COST_METRICS) as CostMetricId[])
      .filter((id) => id !== MEASURES.memory)
      .map((id, i): [string, Measured] => [id, { value: 1000 * i + wobble(at + i) }]),
  );
  return {
    metrics: {
      accuracy: { value: 0.84 + wobble(at) / 100 },
      ...costs,
      "multiply-adds": { undefined: "not counted" },
    },
    validation: { accuracy: { value: 0.1 + 0.2 } },
    predictions: {
      kind: "logits",
      scores: packArray(scores, [items, 2]),
      targets: packArray(targets, [items]),
    },
    latency: [1, 32].map((batch) => ({
      batch,
      inputShape: "29 tokens",
      samples: 100,
      meanMs: 4.25 + wobble(at),
      p50Ms: 4.2,
      p95Ms: 5.1 + 1e-15,
      p99Ms: 6,
    })),
    engineStats: {
      programsBuilt: 16,
      buildMs: 450.123,
      programsAlive: 16,
      runs: 438,
      cacheHits: 422,
      runMs: 120_000.5,
      ...(at % 2 === 0
        ? {}
        : { steps: { captured: 9, replayed: 410, verified: 12, recorded: { "an optimizer refreshes": 7 } } }),
    },
    weightsSha256: "0123456789abcdef".repeat(4),
  };
}

/** One outcome of each state. */
export function sampleOutcomes(at: number): readonly Outcome[] {
  return [
    { state: "ok", result: sampleResult(at) },
    { state: "diverged", stage: "train", step: 37, reason: "nan-loss", loss: null },
    { state: "out-of-memory", stage: null, step: null, limitBytes: 4e9, peakBytes: null },
    { state: "timeout", stage: "train", step: 8, limitSeconds: 5.5 },
    {
      state: "crashed",
      stage: "finish",
      step: null,
      message: 'a "quoted"\tline\nof naïve 🙂 \u0000 text',
      exitCode: 134,
      signal: null,
    },
    { state: "unsupported", reason: "the task has no linear sites" },
  ];
}

export interface SampleOptions {
  readonly identity?: Partial<Identity>;
  readonly outcome?: Outcome;
  readonly startedAt?: string;
}

/** A valid record; equal options give an equal record. */
export function sampleRecord(options: SampleOptions = {}): RunRecord {
  const identity = sampleIdentity(options.identity);
  const outcome = options.outcome ?? { state: "ok", result: sampleResult(identity.seed) };
  const startedAt = options.startedAt ?? "2026-03-01T10:00:00.000Z";
  return {
    schema: RECORD_SCHEMA,
    id: runId(identity),
    identity,
    outcome,
    phases: [
      { name: "data", kind: "load", steps: 0, examples: 0, seconds: 1.5, cached: false },
      {
        name: "dense: train",
        kind: "dense",
        steps: 438,
        examples: 14_000,
        seconds: 120.123456789,
        cached: true,
      },
    ],
    curves: [
      {
        stage: "train",
        training: { step: [10, 20, 30], loss: [0.69, 0.5, 1 / 3], learningRate: [1e-4, 5e-4, 0] },
        validation: { step: [15, 30], loss: [0.6, 0.45], metric: [null, 0.8123] },
      },
      {
        stage: "recover",
        training: { step: [], loss: [], learningRate: [] },
        validation: { step: [], loss: [], metric: [] },
      },
    ],
    environment: {
      cpu: "Some Processor",
      cores: 2,
      memoryBytes: 25_276_510_208,
      gpu: null,
      os: "Debian GNU/Linux 12 (bookworm), Linux 6.1.0",
      arch: "x64",
      node: "v20.20.2",
      engine: {
        name: "onnx",
        versions: { "onnxruntime-node": "1.30.0", "@tensorflow/tfjs-core": "4.22.0" },
        provider: "cpu",
        threads: 1,
        optimisation: "all",
      },
      rankbench: "0.1.0",
      git: { commit: "0123456789abcdef0123456789abcdef01234567", dirty: true },
      lockfileSha256: null,
      contention: 0.125,
    },
    data: [
      { source: "sst2", file: "train.tsv", variant: "official", sha256: "a".repeat(64), bytes: 3_800_000 },
      { source: "sst2", file: "dev.tsv", variant: "mirror", sha256: "b".repeat(64), bytes: 93_000 },
    ],
    notes: ["rank clipped to 48", "data: σ₁ = 0.5"],
    attempt: "restarted",
    command: "pnpm bench --method galore --task glue-sst2",
    startedAt,
    finishedAt: "2026-03-01T10:02:30.500Z",
  };
}

/** The measurement of a sample record's run. */
export function sampleMeasurement(identity: Partial<Identity> = {}): Measurement {
  const record = sampleRecord({ identity });
  return {
    schema: 1,
    measure: "memory",
    id: record.id,
    identity: record.identity,
    value: 200_003_000,
    baselineBytes: 160_000_000,
    stepPeakBytes: [360_000_000, 360_003_000, 360_004_096, 412_000_000, 359_000_000],
    environment: record.environment,
    notes: ["rank clipped to 48"],
    command: `${record.command} --measure memory`,
    startedAt: record.startedAt,
    finishedAt: record.finishedAt,
  };
}
