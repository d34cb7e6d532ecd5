// A record as rows and back, without loss. Pure: no database here, so that both ways can be tested on plain data.
import { hashOf } from "#harness/record/identity.ts";
import type { MetricId, QualityMetricId } from "#harness/record/metrics.ts";
import type {
  DataFileRecord,
  Measured,
  Outcome,
  Packed,
  RunRecord,
  RunResult,
} from "#harness/record/schema.ts";
import type * as tables from "./schema.ts";

type Row<T extends { readonly $inferSelect: unknown }> = T["$inferSelect"];
type Child<T extends { readonly $inferSelect: { run: number } }> = Omit<Row<T>, "run">;

/** All rows of one record but for the keys that the database gives. */
export interface RecordRows {
  readonly run: Omit<Row<typeof tables.runs>, "key" | "environment">;
  readonly environment: Omit<Row<typeof tables.environments>, "key">;
  readonly metrics: readonly Child<typeof tables.metrics>[];
  readonly phases: readonly Child<typeof tables.phases>[];
  readonly curves: readonly Child<typeof tables.curves>[];
  readonly latencies: readonly Child<typeof tables.latencies>[];
  readonly predictions: Child<typeof tables.predictions> | null;
  readonly notes: readonly Child<typeof tables.notes>[];
  readonly dataFiles: readonly Child<typeof tables.dataFiles>[];
}

/** From what is never ranked to what is official. */
const VARIANTS_BY_TRUST = [
  "sample",
  "mirror",
  "official",
] as const satisfies readonly DataFileRecord["variant"][];

/** The least official variant of a run's files; null when it read none. */
export function leastOfficial(
  files: readonly Pick<DataFileRecord, "variant">[],
): DataFileRecord["variant"] | null {
  return VARIANTS_BY_TRUST.find((variant) => files.some((file) => file.variant === variant)) ?? null;
}

function metricRows(
  split: (typeof tables.METRIC_SPLITS)[number],
  values: Partial<Record<MetricId, Measured>>,
) {
  return Object.entries(values).map(([metric, measured]) => ({
    split,
    metric: metric as MetricId,
    value: "value" in measured ? measured.value : null,
    undefined: "value" in measured ? null : measured.undefined,
  }));
}

const placed = <T>(items: readonly T[]) => items.map((item, position) => ({ position, ...item }));
const unpack64 = (packed: Packed): Buffer => Buffer.from(packed.data, "base64");

/** The rows of a checked record; `sha256` is that of its text. */
export function toRows(record: RunRecord, sha256: string): RecordRows {
  const { identity, outcome } = record;
  const { contention, latencyContention, code, ...facts } = record.environment;
  const { state, ...detail } = outcome;
  const result = outcome.state === "ok" ? outcome.result : null;
  return {
    run: {
      id: record.id,
      sha256,
      recordSchema: record.schema,
      task: identity.task,
      taskVersion: identity.taskVersion,
      scale: identity.scale,
      method: identity.method,
      config: identity.config,
      configHash: hashOf(identity.config),
      seed: identity.seed,
      engine: identity.engine,
      spec: identity.spec,
      protocol: identity.protocol,
      data: identity.data,
      dataVariant: leastOfficial(record.data),
      state,
      outcome: result === null ? JSON.stringify(detail) : null,
      engineStats: result === null ? null : JSON.stringify(result.engineStats),
      weightsSha256: result?.weightsSha256 ?? null,
      generated: result?.generated ?? null,
      contention,
      latencyContention: latencyContention ?? null,
      methodCode: code?.method ?? null,
      taskCode: code?.task ?? null,
      purpose: record.purpose ?? null,
      tuned: record.tuned ?? null,
      attempt: record.attempt,
      command: record.command,
      startedAt: record.startedAt,
      finishedAt: record.finishedAt,
    },
    environment: { hash: hashOf(facts), facts },
    metrics:
      result === null
        ? []
        : [...metricRows("test", result.metrics), ...metricRows("validation", result.validation)],
    phases: placed(record.phases),
    curves: record.curves.map((curve, position) => ({
      position,
      stage: curve.stage,
      trainingStep: curve.training.step,
      trainingLoss: curve.training.loss,
      learningRate: curve.training.learningRate,
      validationStep: curve.validation.step,
      validationLoss: curve.validation.loss,
      validationMetric: curve.validation.metric,
    })),
    latencies: placed(result?.latency ?? []),
    predictions:
      result === null
        ? null
        : {
            kind: result.predictions.kind,
            scoresType: result.predictions.scores.dtype,
            scoresShape: result.predictions.scores.shape,
            scores: unpack64(result.predictions.scores),
            targetsType: result.predictions.targets.dtype,
            targetsShape: result.predictions.targets.shape,
            targets: unpack64(result.predictions.targets),
          },
    notes: record.notes.map((note, position) => ({ position, note })),
    dataFiles: placed(record.data),
  };
}

/** A metric row's value as the record has it. */
export function measured(row: {
  readonly value: number | null;
  readonly undefined: string | null;
}): Measured {
  return row.value === null ? { undefined: row.undefined ?? "" } : { value: row.value };
}

const pack64 = (dtype: Packed["dtype"], shape: number[], bytes: Buffer): Packed => ({
  dtype,
  shape,
  data: bytes.toString("base64"),
});

function toResult(rows: RecordRows): RunResult | undefined {
  const { run, predictions } = rows;
  if (predictions === null || run.engineStats === null || run.weightsSha256 === null) return undefined;
  const valuesOf = (split: string) =>
    Object.fromEntries(
      rows.metrics.filter((row) => row.split === split).map((row) => [row.metric, measured(row)]),
    );
  return {
    metrics: valuesOf("test") as Partial<Record<MetricId, Measured>>,
    validation: valuesOf("validation") as Partial<Record<QualityMetricId, Measured>>,
    predictions: {
      kind: predictions.kind,
      scores: pack64(predictions.scoresType, predictions.scoresShape, predictions.scores),
      targets: pack64(predictions.targetsType, predictions.targetsShape, predictions.targets),
    },
    ...(run.generated === null ? {} : { generated: run.generated }),
    latency: rows.latencies.map(({ position: _, ...latency }) => latency),
    engineStats: JSON.parse(run.engineStats) as RunResult["engineStats"],
    weightsSha256: run.weightsSha256,
  };
}

/** The record that the rows came from. Lists are expected in the order of their positions. */
export function toRecord(rows: RecordRows): RunRecord {
  const { run } = rows;
  const result = toResult(rows);
  const detail = run.outcome === null ? { result } : (JSON.parse(run.outcome) as object);
  return {
    schema: run.recordSchema as RunRecord["schema"],
    id: run.id,
    identity: {
      task: run.task,
      taskVersion: run.taskVersion,
      scale: run.scale,
      method: run.method,
      config: run.config,
      seed: run.seed,
      engine: run.engine,
      spec: run.spec,
      protocol: run.protocol,
      data: run.data,
    },
    outcome: { state: run.state, ...detail } as Outcome,
    phases: rows.phases.map(({ position: _, ...phase }) => phase),
    curves: rows.curves.map((curve) => ({
      stage: curve.stage,
      training: { step: curve.trainingStep, loss: curve.trainingLoss, learningRate: curve.learningRate },
      validation: { step: curve.validationStep, loss: curve.validationLoss, metric: curve.validationMetric },
    })),
    environment: {
      ...rows.environment.facts,
      contention: run.contention,
      ...(run.latencyContention === null ? {} : { latencyContention: run.latencyContention }),
      ...(run.methodCode === null || run.taskCode === null
        ? {}
        : { code: { method: run.methodCode, task: run.taskCode } }),
    },
    data: rows.dataFiles.map(({ position: _, ...file }) => file),
    notes: rows.notes.map((row) => row.note),
    attempt: run.attempt,
    ...(run.purpose === null ? {} : { purpose: run.purpose }),
    ...(run.tuned === null ? {} : { tuned: run.tuned }),
    command: run.command,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
  };
}
