// What `bench stability` does: two sets of stored runs, matched by task, scale, method and configuration, and compared.
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { RankbenchError } from "#harness/failure/error.ts";
import { METRICS, QUALITY_METRICS, type QualityMetricId } from "#harness/record/metrics.ts";
import { numberOf } from "#harness/record/schema.ts";
import { formatInterval, formatValue } from "#harness/stats/format.ts";
import { type Stability, stabilityOf } from "#harness/stats/stability.ts";
import { openStore, type Store } from "#harness/store/database.ts";
import { listRuns, type RunFilter, type RunSummary } from "#harness/store/query.ts";
import { syncWithFiles } from "#harness/store/sync.ts";
import { findTask } from "#harness/task/registry.ts";
import { withDatabase } from "./database.ts";
import type { Session } from "./session.ts";
import { renderTable } from "./text-table.ts";

const WANTED = "a folder with results/runs, protocol:2, spec:cpu-2core or engine:tfjs-cpu";

function refuse(value: string, problem: string): RankbenchError {
  return new RankbenchError({
    reason: "usage",
    thing: "side of the comparison",
    problem,
    value,
    wanted: WANTED,
    next: "see pnpm bench stability --help",
  });
}

/** The filter that `spec:cpu-2core` and the like stand for; undefined for a folder. */
function sideFilter(name: string): RunFilter | undefined {
  const match = /^(protocol|spec|engine):(.+)$/.exec(name);
  if (match === null) return undefined;
  const [, field, value = ""] = match;
  if (field === "spec") return { spec: value };
  if (field === "engine") return { engine: value };
  const protocol = Number(value);
  if (!Number.isSafeInteger(protocol) || protocol < 1)
    throw refuse(name, "a protocol is a whole number from 1");
  return { protocol };
}

const ASKED = {
  state: "ok",
  purpose: "reported",
  metrics: Object.keys(QUALITY_METRICS) as QualityMetricId[],
} as const;

/** Runs with a result of one side. */
async function runsOf(session: Session, store: Store, name: string): Promise<readonly RunSummary[]> {
  const filter = sideFilter(name);
  if (filter !== undefined) return listRuns(store, { ...filter, ...ASKED });
  const root = resolve(name);
  if (!existsSync(root) || !statSync(root).isDirectory()) throw refuse(name, "no such folder");
  if (!existsSync(join(root, "results", "runs"))) throw refuse(name, "the folder has no results/runs");
  const other = openStore(":memory:");
  try {
    const { refused } = await syncWithFiles(other, root);
    for (const { error } of refused) session.note(`warning: ${error.message}`);
    return listRuns(other, ASKED);
  } finally {
    other.close();
  }
}

interface Group {
  readonly task: string;
  readonly scale: string;
  readonly metric: QualityMetricId;
  readonly stability: Stability;
}

const armOf = ({ method, configHash }: RunSummary): string => `${method} ${configHash.slice(0, 8)}`;
const groupOf = ({ task, scale }: RunSummary): string => `${task} ${scale}`;

function valuesOf(runs: readonly RunSummary[], metric: QualityMetricId): Map<string, Map<number, number>> {
  const found = new Map<string, Map<number, number>>();
  for (const run of runs) {
    const value = numberOf(run.metrics[metric]);
    if (value === null) continue;
    const bySeed = found.get(armOf(run)) ?? new Map<number, number>();
    bySeed.set(run.seed, value);
    found.set(armOf(run), bySeed);
  }
  return found;
}

/** A side that has one seed twice (two versions, two data sets) does not say which is meant. */
function checkOnce(name: string, runs: readonly RunSummary[]): void {
  const seen = new Map<string, RunSummary>();
  for (const run of runs) {
    const key = [groupOf(run), armOf(run), run.seed].join(" ");
    const before = seen.get(key);
    if (before !== undefined) {
      throw new RankbenchError({
        reason: "usage",
        thing: `side ${name}`,
        problem: "it has the same method, configuration and seed in two cohorts",
        value: [before.id, run.id],
        wanted: "a side that differs from the other in one thing",
        next: "name a folder that holds one of them",
      });
    }
    seen.set(key, run);
  }
}

async function metricOf(task: string, runs: readonly RunSummary[]): Promise<QualityMetricId> {
  const known = await findTask(task).catch(() => undefined);
  return known?.metrics[0] ?? ((Object.keys(runs[0]?.metrics ?? {})[0] ?? "accuracy") as QualityMetricId);
}

async function groupsOf(first: readonly RunSummary[], other: readonly RunSummary[]): Promise<Group[]> {
  const groups: Group[] = [];
  for (const name of [...new Set(first.map(groupOf))].sort()) {
    const [a, b] = [first, other].map((runs) => runs.filter((run) => groupOf(run) === name));
    const [sample] = a ?? [];
    if (a === undefined || b === undefined || sample === undefined || b.length === 0) continue;
    const metric = await metricOf(sample.task, a);
    const [x, y] = [valuesOf(a, metric), valuesOf(b, metric)];
    const twice = [...x].flatMap(([id, bySeed]) => {
      const repeated = y.get(id);
      return repeated === undefined ? [] : [{ id, first: bySeed, other: repeated }];
    });
    const { direction } = METRICS[metric];
    if (twice.length === 0) continue;
    const stability = stabilityOf(twice, direction === "lower" ? "lower" : "higher");
    groups.push({ task: sample.task, scale: sample.scale, metric, stability });
  }
  return groups;
}

function sayGroup(session: Session, { task, scale, metric, stability }: Group): void {
  const { unit, short } = METRICS[metric];
  session.say(session.styles.bold(`${task}, ${scale}: ${short}`));
  const columns = ["method", "first", "other", "deviation", "seeds", "rank"].map(
    (title, i) => ({ title, align: i === 0 ? "left" : "right" }) as const,
  );
  const rows = stability.cells.map((cell) => {
    const shown = formatInterval(cell.deviation, cell.interval, unit);
    const equal = cell.equalSeeds === 0 ? "" : `, ${cell.equalSeeds} equal`;
    const { first, other } = cell.rank;
    return [
      cell.id,
      formatValue(cell.first, unit),
      formatValue(cell.other, unit),
      `${shown.mean}${shown.interval === null ? "" : ` ${shown.interval}`}`,
      `${cell.sharedSeeds} shared${equal}`,
      first === other ? String(first ?? "-") : `${first ?? "-"} -> ${other ?? "-"}`,
    ];
  });
  for (const line of renderTable({ columns, rows, width: Math.max(80, session.terminal.columns) }))
    session.say(line);
  const { rankCorrelation, changed } = stability;
  session.say(
    `rank correlation ${rankCorrelation === null ? "not defined" : rankCorrelation.toFixed(3)}; ${
      changed.length === 0 ? "no rank changed" : `ranks changed: ${changed.join(", ")}`
    }`,
  );
  session.say();
}

/** `bench stability`. */
export function stabilityCommand(session: Session, first: string, other: string): Promise<void> {
  return withDatabase(session, async (store) => {
    const [a, b] = [await runsOf(session, store, first), await runsOf(session, store, other)];
    checkOnce(first, a);
    checkOnce(other, b);
    const groups = await groupsOf(a, b);
    if (session.json) {
      session.document({ first, other, runs: { first: a.length, other: b.length }, groups });
      return;
    }
    for (const group of groups) sayGroup(session, group);
    if (groups.length === 0) {
      session.say(
        `nothing to compare: ${a.length} runs with a result in ${first} and ${b.length} in ${other} share no task, scale, method and configuration`,
      );
    }
  });
}
