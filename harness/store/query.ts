// Questions that commands, tables and pages ask: what ran, what may be ranked together, what is there already.
import { and, asc, desc, eq, inArray, isNull, type SQL, sql } from "drizzle-orm";
import type { ConfigValue, Identity, Scale } from "#harness/record/identity.ts";
import type { MetricId } from "#harness/record/metrics.ts";
import type { DataFileRecord, OutcomeState, RunRecord, TunedRecord } from "#harness/record/schema.ts";
import { inSnapshot, type Store } from "./database.ts";
import { explained } from "./errors.ts";
import { type MetricValues, testValues } from "./metric-values.ts";
import { type EnvironmentFacts, environments, runs } from "./schema.ts";

/** What runs that may be ranked together share. */
export type CohortKey = Pick<
  Identity,
  "task" | "taskVersion" | "scale" | "spec" | "engine" | "protocol" | "data"
>;

export function cohortOf(identity: Identity): CohortKey {
  const { task, taskVersion, scale, spec, engine, protocol, data } = identity;
  return { task, taskVersion, scale, spec, engine, protocol, data };
}

export type { MetricValues } from "./metric-values.ts";

/** One run in a list: its identity, how it ended, and the metrics that were asked for. */
export interface RunSummary extends Identity {
  readonly id: string;
  readonly configHash: string;
  /** The least official variant among its data files; `sample` is never ranked; null when it read none. */
  readonly dataVariant: DataFileRecord["variant"] | null;
  readonly state: OutcomeState;
  /** Mean number of other runnable processes while it was timed; null where not known. */
  readonly contention: number | null;
  /** The same while its latency was measured; null where not known or where `contention` speaks for it. */
  readonly latencyContention: number | null;
  /** Hashes of the sources that made it; null for records older than them. */
  readonly methodCode: string | null;
  readonly taskCode: string | null;
  /** `tuning`: a trial that is never ranked. */
  readonly purpose: NonNullable<RunRecord["purpose"]> | null;
  /** How its configuration was chosen, where `bench tune` chose it. */
  readonly tuned: TunedRecord | null;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly metrics: MetricValues;
}

/**
 * The runs of one method with one configuration: the seeds of one row of a table. Where a question tells stale runs apart,
 * they are an arm of their own.
 */
export interface Arm {
  /** Made by other code than the checkout's: shown, never ranked. */
  readonly stale: boolean;
  readonly method: string;
  readonly config: Readonly<Record<string, ConfigValue>>;
  readonly configHash: string;
  /** By seed; failed ones among them. */
  readonly runs: readonly RunSummary[];
}

const summaryColumns = {
  key: runs.key,
  id: runs.id,
  task: runs.task,
  taskVersion: runs.taskVersion,
  scale: runs.scale,
  method: runs.method,
  config: runs.config,
  configHash: runs.configHash,
  seed: runs.seed,
  engine: runs.engine,
  spec: runs.spec,
  protocol: runs.protocol,
  data: runs.data,
  dataVariant: runs.dataVariant,
  state: runs.state,
  contention: runs.contention,
  latencyContention: runs.latencyContention,
  methodCode: runs.methodCode,
  taskCode: runs.taskCode,
  purpose: runs.purpose,
  tuned: runs.tuned,
  startedAt: runs.startedAt,
  finishedAt: runs.finishedAt,
};

type SummaryRow = Omit<RunSummary, "metrics"> & { readonly key: number };

function withMetrics(
  store: Store,
  rows: readonly SummaryRow[],
  wanted: readonly MetricId[] | "all",
): RunSummary[] {
  const values = testValues(
    store,
    rows.map((row) => row.key),
    wanted,
  );
  return rows.map(({ key, ...row }) => ({ ...row, metrics: values.get(key) ?? {} }));
}

export interface RunFilter {
  /** One id, or any of several; an empty list asks for none in particular. */
  readonly task?: string | readonly string[];
  readonly taskVersion?: number;
  readonly method?: string | readonly string[];
  readonly scale?: Scale;
  readonly engine?: string;
  readonly spec?: string;
  readonly protocol?: number;
  readonly data?: string;
  readonly state?: OutcomeState;
  readonly seed?: number;
  /** `reported`: without the trials of a search for a configuration. */
  readonly purpose?: "tuning" | "reported";
  /** Newest runs only, this many. */
  readonly limit?: number;
  /** Metrics to give with each run; none by default. */
  readonly metrics?: readonly MetricId[] | "all";
}

function conditions(filter: RunFilter): SQL | undefined {
  const given: SQL[] = [];
  const require = <T>(value: T | undefined, same: (value: T) => SQL): void => {
    if (value !== undefined) given.push(same(value));
  };
  const requireAny = (
    column: typeof runs.task | typeof runs.method,
    value: string | readonly string[] | undefined,
  ): void => {
    const values = typeof value === "string" ? [value] : (value ?? []);
    const [only] = values;
    if (only !== undefined) given.push(values.length === 1 ? eq(column, only) : inArray(column, [...values]));
  };
  requireAny(runs.task, filter.task);
  requireAny(runs.method, filter.method);
  require(filter.taskVersion, (value) => eq(runs.taskVersion, value));
  require(filter.scale, (value) => eq(runs.scale, value));
  require(filter.engine, (value) => eq(runs.engine, value));
  require(filter.spec, (value) => eq(runs.spec, value));
  require(filter.protocol, (value) => eq(runs.protocol, value));
  require(filter.data, (value) => eq(runs.data, value));
  require(filter.state, (value) => eq(runs.state, value));
  require(filter.seed, (value) => eq(runs.seed, value));
  require(filter.purpose, (value) => (value === "tuning" ? eq(runs.purpose, value) : isNull(runs.purpose)));
  return and(...given);
}

/** Stored runs, newest first. */
export function listRuns(store: Store, filter: RunFilter = {}): RunSummary[] {
  return inSnapshot(store, () => {
    const query = store.db
      .select(summaryColumns)
      .from(runs)
      .where(conditions(filter))
      .orderBy(desc(runs.startedAt), asc(runs.id));
    const rows = filter.limit === undefined ? query.all() : query.limit(filter.limit).all();
    return withMetrics(store, rows, filter.metrics ?? []);
  });
}

/** How many runs a filter matches, by outcome. */
export function countRuns(
  store: Store,
  filter: RunFilter = {},
): Readonly<Partial<Record<OutcomeState, number>>> {
  const rows = explained(store.path, () =>
    store.db
      .select({ state: runs.state, count: sql<number>`count(*)` })
      .from(runs)
      .where(conditions(filter))
      .groupBy(runs.state)
      .all(),
  );
  return Object.fromEntries(rows.map((row) => [row.state, row.count]));
}

/**
 * All runs that may be ranked together, as arms in the order of method and configuration, with the metrics asked for.
 * Trials of a search are left out. Runs that `isStale` picks are never in one arm with others.
 */
export function cohort(
  store: Store,
  key: CohortKey,
  wanted: readonly MetricId[] | "all" = "all",
  isStale: (run: RunSummary) => boolean = () => false,
): Arm[] {
  const summaries = inSnapshot(store, () => {
    const rows = store.db
      .select(summaryColumns)
      .from(runs)
      .where(conditions({ ...key, purpose: "reported" }))
      .orderBy(asc(runs.method), asc(runs.configHash), asc(runs.seed))
      .all();
    return withMetrics(store, rows, wanted);
  });
  const arms = new Map<string, { arm: Omit<Arm, "runs">; runs: RunSummary[] }>();
  for (const run of summaries) {
    const { method, config, configHash } = run;
    const stale = isStale(run);
    const name = `${method} ${configHash} ${stale}`;
    const entry = arms.get(name) ?? { arm: { method, config, configHash, stale }, runs: [] };
    entry.runs.push(run);
    arms.set(name, entry);
  }
  return [...arms.values()].map(({ arm, runs: members }) => ({ ...arm, runs: members }));
}

export interface CohortSummary extends CohortKey {
  readonly runs: number;
  readonly methods: number;
  /** Finish of its newest run. */
  readonly newest: string;
}

/** The cohorts that have runs, by task, scale and the rest; trials of a search make none. */
export function listCohorts(store: Store, filter: RunFilter = {}): CohortSummary[] {
  const columns = {
    task: runs.task,
    taskVersion: runs.taskVersion,
    scale: runs.scale,
    spec: runs.spec,
    engine: runs.engine,
    protocol: runs.protocol,
    data: runs.data,
  };
  const group = Object.values(columns);
  return explained(store.path, () =>
    store.db
      .select({
        ...columns,
        runs: sql<number>`count(*)`,
        methods: sql<number>`count(distinct ${runs.method})`,
        newest: sql<string>`max(${runs.finishedAt})`,
      })
      .from(runs)
      .where(conditions({ purpose: "reported", ...filter }))
      .groupBy(...group)
      .orderBy(...group.map((column) => asc(column)))
      .all(),
  );
}

/** The machines and settings of a cohort's runs, the most frequent ones first. */
export function cohortEnvironments(
  store: Store,
  key: CohortKey,
): { readonly facts: EnvironmentFacts; readonly runs: number }[] {
  const count = sql<number>`count(*)`;
  return explained(store.path, () =>
    store.db
      .select({ facts: environments.facts, runs: count })
      .from(runs)
      .innerJoin(environments, eq(runs.environment, environments.key))
      .where(conditions({ ...key, purpose: "reported" }))
      .groupBy(environments.key)
      .orderBy(desc(count), asc(environments.key))
      .all(),
  );
}

/** How a run of this id ended, if it is stored. */
export function existing(store: Store, id: string): RunSummary | undefined {
  return inSnapshot(store, () => {
    const rows = store.db.select(summaryColumns).from(runs).where(eq(runs.id, id)).all();
    return withMetrics(store, rows, "all")[0];
  });
}
