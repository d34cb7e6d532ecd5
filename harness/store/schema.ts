// The tables. Columns that queries filter, join or sort by are relational; what is only read back whole is JSON text.
// Every row can be rebuilt from the record files. After a change here: npx drizzle-kit generate --config harness/store/drizzle.config.ts
import { sql } from "drizzle-orm";
import {
  blob,
  check,
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { ConfigValue, Scale } from "#harness/record/identity.ts";
import type { Measure } from "#harness/record/measurement.ts";
import type { MetricId } from "#harness/record/metrics.ts";
import type {
  DataFileRecord,
  EnvironmentRecord,
  OutcomeState,
  Packed,
  Phase,
  Predictions,
  RunRecord,
  TunedRecord,
} from "#harness/record/schema.ts";

/** What an environment holds besides what belongs to one run alone. */
export type EnvironmentFacts = Omit<EnvironmentRecord, "contention" | "latencyContention" | "code">;

/** Machines and settings, one row for all runs that share them. */
export const environments = sqliteTable("environments", {
  key: integer().primaryKey(),
  /** `hashOf(facts)`. */
  hash: text().notNull().unique(),
  facts: text({ mode: "json" }).$type<EnvironmentFacts>().notNull(),
});

export const runs = sqliteTable(
  "runs",
  {
    key: integer().primaryKey(),
    id: text().notNull(),
    /** SHA-256 of the record's text as its file has it. */
    sha256: text().notNull(),
    recordSchema: integer("record_schema").notNull(),
    task: text().notNull(),
    taskVersion: integer("task_version").notNull(),
    scale: text().$type<Scale>().notNull(),
    method: text().notNull(),
    /** Canonical JSON. */
    config: text({ mode: "json" }).$type<Record<string, ConfigValue>>().notNull(),
    /** `hashOf(config)`: what seeds of one arm share. */
    configHash: text("config_hash").notNull(),
    seed: integer().notNull(),
    engine: text().notNull(),
    spec: text().notNull(),
    protocol: integer().notNull(),
    data: text().notNull(),
    /** The least official variant among the run's files; null when it read none. */
    dataVariant: text("data_variant").$type<DataFileRecord["variant"]>(),
    state: text().$type<OutcomeState>().notNull(),
    /** JSON of the outcome without its state; null for `ok`, whose result is spread over the other tables. */
    outcome: text(),
    /** JSON. */
    engineStats: text("engine_stats"),
    weightsSha256: text("weights_sha256"),
    /** What a language model wrote; null where a run wrote nothing. */
    generated: text(),
    environment: integer()
      .notNull()
      .references(() => environments.key),
    contention: real(),
    /** Null also where the record does not tell it; `contention` speaks for latency then. */
    latencyContention: real("latency_contention"),
    /** Hashes of the sources that made it; null for records older than them. */
    methodCode: text("method_code"),
    taskCode: text("task_code"),
    /** `tuning`: a trial that is never ranked. Null for every other run. */
    purpose: text().$type<NonNullable<RunRecord["purpose"]>>(),
    /** How its configuration was chosen, where `bench tune` chose it. */
    tuned: text({ mode: "json" }).$type<TunedRecord>(),
    attempt: text().$type<RunRecord["attempt"]>().notNull(),
    command: text().notNull(),
    startedAt: text("started_at").notNull(),
    finishedAt: text("finished_at").notNull(),
  },
  (table) => [
    uniqueIndex("runs_id").on(table.id),
    // The columns behind the data are there so that the list of cohorts reads the index alone.
    index("runs_cohort").on(
      table.task,
      table.taskVersion,
      table.scale,
      table.spec,
      table.engine,
      table.protocol,
      table.data,
      table.purpose,
      table.method,
      table.finishedAt,
    ),
    // What earlier runs took: read from the index alone.
    index("runs_taken").on(
      table.engine,
      table.spec,
      table.state,
      table.task,
      table.scale,
      table.method,
      table.startedAt,
      table.finishedAt,
    ),
    index("runs_method").on(table.method, table.task),
    index("runs_started").on(table.startedAt),
    index("runs_state").on(table.state, table.startedAt),
  ],
);

/** The column that ties a row to its run: rows go when the run goes. */
const run = () =>
  integer()
    .notNull()
    .references(() => runs.key, { onDelete: "cascade" });

/** Rows of a list keep their place in it. */
const position = () => integer().notNull();

export const METRIC_SPLITS = ["test", "validation"] as const;

/** Metric values: exactly one of `value` and `undefined` is set. Costs stand under `test`. */
export const metrics = sqliteTable(
  "metrics",
  {
    run: run(),
    split: text({ enum: METRIC_SPLITS }).notNull(),
    metric: text().$type<MetricId>().notNull(),
    value: real(),
    /** Why there is no value: `one class`. */
    undefined: text(),
  },
  (table) => [
    primaryKey({ columns: [table.run, table.split, table.metric] }),
    check("metrics_value", sql`(${table.value} is null) <> (${table.undefined} is null)`),
  ],
);

export const phases = sqliteTable(
  "phases",
  {
    run: run(),
    position: position(),
    name: text().notNull(),
    kind: text().$type<Phase["kind"]>().notNull(),
    steps: integer().notNull(),
    examples: integer().notNull(),
    seconds: real().notNull(),
    cached: integer({ mode: "boolean" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.position] })],
);

/** One row a training stage; the columns of the curve are JSON arrays of equal length. */
export const curves = sqliteTable(
  "curves",
  {
    run: run(),
    position: position(),
    stage: text().notNull(),
    trainingStep: text("training_step", { mode: "json" }).$type<number[]>().notNull(),
    trainingLoss: text("training_loss", { mode: "json" }).$type<number[]>().notNull(),
    learningRate: text("learning_rate", { mode: "json" }).$type<number[]>().notNull(),
    validationStep: text("validation_step", { mode: "json" }).$type<number[]>().notNull(),
    validationLoss: text("validation_loss", { mode: "json" }).$type<number[]>().notNull(),
    validationMetric: text("validation_metric", { mode: "json" }).$type<(number | null)[]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.position] })],
);

export const latencies = sqliteTable(
  "latencies",
  {
    run: run(),
    position: position(),
    batch: integer().notNull(),
    inputShape: text("input_shape").notNull(),
    samples: integer().notNull(),
    meanMs: real("mean_ms").notNull(),
    p50Ms: real("p50_ms").notNull(),
    p95Ms: real("p95_ms").notNull(),
    p99Ms: real("p99_ms").notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.position] })],
);

/** Test scores and targets as the record packs them (raw deflate), without the base64. */
export const predictions = sqliteTable("predictions", {
  run: run().primaryKey(),
  kind: text().$type<Predictions["kind"]>().notNull(),
  scoresType: text("scores_type").$type<Packed["dtype"]>().notNull(),
  scoresShape: text("scores_shape", { mode: "json" }).$type<number[]>().notNull(),
  scores: blob({ mode: "buffer" }).notNull(),
  targetsType: text("targets_type").$type<Packed["dtype"]>().notNull(),
  targetsShape: text("targets_shape", { mode: "json" }).$type<number[]>().notNull(),
  targets: blob({ mode: "buffer" }).notNull(),
});

export const notes = sqliteTable(
  "notes",
  { run: run(), position: position(), note: text().notNull() },
  (table) => [primaryKey({ columns: [table.run, table.position] })],
);

export const dataFiles = sqliteTable(
  "data_files",
  {
    run: run(),
    position: position(),
    source: text().notNull(),
    file: text().notNull(),
    variant: text().$type<DataFileRecord["variant"]>().notNull(),
    sha256: text().notNull(),
    bytes: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.position] })],
);

/**
 * Measurements beside the runs' records. A run may be measured before it is done, so the row stands by the run's id and
 * not by its key.
 */
export const measurements = sqliteTable(
  "measurements",
  {
    run: text().notNull(),
    measure: text().$type<Measure>().notNull(),
    metric: text().$type<MetricId>().notNull(),
    value: real().notNull(),
    /** The file's text. */
    document: text().notNull(),
    /** The file as it was read: below `results/runs`, its size, and its time of change in nanoseconds. */
    path: text().notNull(),
    bytes: integer().notNull(),
    changed: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.measure] })],
);

/** Record files that were read, as they were then: an unchanged file is not read again. */
export const recordFiles = sqliteTable(
  "record_files",
  {
    /** Below `results/runs`. */
    path: text().primaryKey(),
    run: run(),
    bytes: integer().notNull(),
    /** Time of the last change in nanoseconds, as text: it does not fit a double. */
    changed: text().notNull(),
  },
  (table) => [index("record_files_run").on(table.run)],
);
