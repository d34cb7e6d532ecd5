// The run record: the one file format of results. Types are inferred from the schema; unknown keys are refused.
import { z } from "zod";
import { identitySchema } from "./identity.ts";
import { METRIC_IDS, QUALITY_METRICS, type QualityMetricId } from "./metrics.ts";
import { filledTextSchema, textSchema } from "./text.ts";

export const RECORD_SCHEMA = 1;

const count = z.int().nonnegative();
const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);
const seconds = z.number().nonnegative();

export const metricIdSchema = z.enum(METRIC_IDS);
const qualityIdSchema = z.enum(Object.keys(QUALITY_METRICS) as [QualityMetricId, ...QualityMetricId[]]);

/** A metric's value, or why it has none (`one class`). Never NaN, never a magic number. */
export const measuredSchema = z.union([
  z.strictObject({ value: z.number() }),
  z.strictObject({ undefined: filledTextSchema }),
]);
export type Measured = z.infer<typeof measuredSchema>;

/** The number of a metric; null where it has none or was not measured at all. */
export const numberOf = (measured: Measured | null | undefined): number | null =>
  measured !== null && measured !== undefined && "value" in measured ? measured.value : null;

const isBase64 = (value: string): boolean => Buffer.from(value, "base64").toString("base64") === value;

/** A typed array as base64 of raw-deflated little-endian bytes. */
export const packedSchema = z.strictObject({
  dtype: z.enum(["float32", "int32"]),
  shape: z.array(count),
  data: z.string().refine(isBase64, "base64 as RFC 4648 writes it"),
});
export type Packed = z.infer<typeof packedSchema>;

const PHASE_KINDS = ["load", "dense", "calibrate", "train", "finish", "evaluate", "measure"] as const;

/** One part of a run in time order. */
export const phaseSchema = z.strictObject({
  name: filledTextSchema,
  kind: z.enum(PHASE_KINDS),
  /** Optimizer steps; 0 outside training. */
  steps: count,
  /** Training examples read, repeats counted. */
  examples: count,
  seconds,
  /** True when the work was done by an earlier run and read from the cache; `seconds` is then what it took when done. */
  cached: z.boolean(),
});
export type Phase = z.infer<typeof phaseSchema>;

/** Thinned curves of one training stage; the columns have equal length. */
export const curveSchema = z.strictObject({
  stage: filledTextSchema,
  training: z.strictObject({
    /** 1-based step at the end of each window. */
    step: z.array(count),
    /** Mean loss over the window's steps. */
    loss: z.array(z.number()),
    /** Learning rate of the base group at that step. */
    learningRate: z.array(z.number()),
  }),
  validation: z.strictObject({
    step: z.array(count),
    loss: z.array(z.number()),
    /** The task's own metric; null where it is undefined. */
    metric: z.array(z.number().nullable()),
  }),
});
export type Curve = z.infer<typeof curveSchema>;

/** Longest text of a model that a record keeps. */
const GENERATED_CHARACTERS = 400;

export const predictionsSchema = z.strictObject({
  /** `logits`: [items, classes]; `scores`: [items]; `nats`: [items], minus the log-probability of each item's tokens, summed. */
  kind: z.enum(["logits", "scores", "nats"]),
  scores: packedSchema,
  /** Class ids or target values, [items], in the split's own order. With `nats`, each item's tokens and characters, [items, 2]. */
  targets: packedSchema,
});
export type Predictions = z.infer<typeof predictionsSchema>;

const where = { stage: textSchema.nullable(), step: count.nullable() };

export const latencySchema = z.strictObject({
  batch: z.int().positive(),
  /** Padded tokens or other size of one example. */
  inputShape: textSchema,
  samples: z.int().positive(),
  meanMs: z.number().positive(),
  p50Ms: z.number().positive(),
  p95Ms: z.number().positive(),
  p99Ms: z.number().positive(),
});

export const resultSchema = z.strictObject({
  metrics: z.partialRecord(metricIdSchema, measuredSchema),
  /** The task's quality metrics on the validation split at the last step. */
  validation: z.partialRecord(qualityIdSchema, measuredSchema),
  predictions: predictionsSchema,
  /** A text that the deployed model wrote (tasks of language modelling). */
  generated: textSchema.max(GENERATED_CHARACTERS).optional(),
  latency: z.array(latencySchema),
  engineStats: z.strictObject({
    programsBuilt: count,
    buildMs: z.number().nonnegative(),
    programsAlive: count,
    runs: count,
    cacheHits: count,
    runMs: z.number().nonnegative(),
    /** Training steps by how the engine ran them (harness/engine/steps.ts); left out by records older than captured steps. */
    steps: z
      .strictObject({
        captured: count,
        replayed: count,
        verified: count,
        /** Steps that were recorded only, by the reason. */
        recorded: z.record(filledTextSchema, count),
      })
      .optional(),
  }),
  /** SHA-256 over the deployed parameters' names and bytes: equal bits, equal hash. */
  weightsSha256: sha256Schema,
});
export type RunResult = z.infer<typeof resultSchema>;

export const outcomeSchema = z.discriminatedUnion("state", [
  z.strictObject({ state: z.literal("ok"), result: resultSchema }),
  z.strictObject({
    state: z.literal("diverged"),
    ...where,
    reason: z.enum(["nan-loss", "loss-explosion", "nan-scores"]),
    loss: z.number().nullable(),
  }),
  z.strictObject({
    state: z.literal("out-of-memory"),
    ...where,
    limitBytes: count.nullable(),
    peakBytes: count.nullable(),
  }),
  z.strictObject({ state: z.literal("timeout"), ...where, limitSeconds: z.number().positive() }),
  z.strictObject({
    state: z.literal("crashed"),
    ...where,
    message: textSchema,
    exitCode: z.int().nullable(),
    signal: textSchema.nullable(),
  }),
  z.strictObject({ state: z.literal("unsupported"), reason: filledTextSchema }),
]);
export type Outcome = z.infer<typeof outcomeSchema>;
export type OutcomeState = Outcome["state"];
export const OUTCOME_STATES = [
  "ok",
  "diverged",
  "out-of-memory",
  "timeout",
  "crashed",
  "unsupported",
] as const satisfies readonly OutcomeState[];

export const environmentSchema = z.strictObject({
  cpu: textSchema,
  cores: z.int().positive(),
  memoryBytes: z.int().positive(),
  gpu: textSchema.nullable(),
  os: textSchema,
  arch: textSchema,
  node: textSchema,
  engine: z.strictObject({
    name: textSchema,
    versions: z.record(textSchema, textSchema),
    provider: textSchema,
    threads: z.int().positive(),
    optimisation: textSchema,
  }),
  rankbench: textSchema,
  git: z.strictObject({ commit: textSchema, dirty: z.boolean() }).nullable(),
  lockfileSha256: textSchema.nullable(),
  /** Hashes of the method's and the task's own sources (harness/method/code.ts); left out by records older than them. */
  code: z.strictObject({ method: sha256Schema, task: sha256Schema }).optional(),
  /** Mean number of other runnable processes seen while the run was timed; timings above 0.5 are marked contended. */
  contention: z.number().nonnegative().nullable(),
  /** The same while latency alone was measured; left out where `contention` speaks for it. */
  latencyContention: z.number().nonnegative().optional(),
});
export type EnvironmentRecord = z.infer<typeof environmentSchema>;

const DATA_VARIANTS = ["official", "mirror", "sample"] as const;

export const dataFileSchema = z.strictObject({
  source: textSchema,
  file: textSchema,
  variant: z.enum(DATA_VARIANTS),
  sha256: sha256Schema,
  bytes: count,
});
export type DataFileRecord = z.infer<typeof dataFileSchema>;

/** What a configuration was chosen by: the trials of `bench tune`. */
export const tunedSchema = z.strictObject({
  /** Task whose validation split decided. */
  task: textSchema,
  trials: z.int().positive(),
  /** SHA-256 of the evidence file `methods/<id>/tuned/<task>.json`. */
  sha256: sha256Schema,
});
export type TunedRecord = z.infer<typeof tunedSchema>;

export const recordSchema = z.strictObject({
  schema: z.literal(RECORD_SCHEMA),
  id: z.string().regex(/^[0-9a-f]{16}$/),
  identity: identitySchema,
  outcome: outcomeSchema,
  phases: z.array(phaseSchema),
  curves: z.array(curveSchema),
  environment: environmentSchema,
  data: z.array(dataFileSchema),
  /** What a reader must know and no field says: `rank clipped to 48`. */
  notes: z.array(textSchema),
  /** `fresh`, or `restarted` after an earlier attempt at the same run was killed. */
  attempt: z.enum(["fresh", "restarted"]),
  /** A trial of a search for a configuration: kept as evidence, never ranked. Left out by every other run. */
  purpose: z.literal("tuning").optional(),
  /** Left out where the configuration was not chosen by `bench tune`. */
  tuned: tunedSchema.optional(),
  command: textSchema,
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
});
export type RunRecord = z.infer<typeof recordSchema>;
