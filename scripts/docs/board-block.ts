// A board as a generated block: the stored runs of one task and scale, from record files through a database in memory.
// The block names the runs it was made of, so that it can be checked later, whatever else has been run since.

import { projectRoot } from "#harness/data/folders.ts";
import { CONTENDED_ABOVE } from "#harness/measure/contention.ts";
import { resolveConfig } from "#harness/method/config.ts";
import { findMethod } from "#harness/method/registry.ts";
import { configDifference } from "#harness/record/config-difference.ts";
import { listRecordFiles, readRecordFile } from "#harness/record/file.ts";
import type { Scale } from "#harness/record/identity.ts";
import { type Measurement, readMeasurement } from "#harness/record/measurement.ts";
import { METRIC_IDS, METRICS, type MetricId, QUALITY_METRICS } from "#harness/record/metrics.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import { formatInterval, formatValue, plural } from "#harness/stats/format.ts";
import { rankSamples } from "#harness/stats/ranks.ts";
import { interval, mean, RANKED_SEEDS } from "#harness/stats/summary.ts";
import { openStore } from "#harness/store/database.ts";
import { ingest } from "#harness/store/ingest.ts";
import { ingestMeasurement } from "#harness/store/measurements.ts";
import { type Arm, type CohortKey, cohort, cohortOf, listCohorts } from "#harness/store/query.ts";
import type { Task } from "#harness/task/contract.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { findTask } from "#harness/task/registry.ts";
import { code, table } from "./markdown.ts";

const RUNS = /^<!-- runs: ([0-9a-f ]+) -->$/m;

/** Costs that a board shows: those of the narrow table, and what the process really took. */
const COSTS: readonly MetricId[] = METRIC_IDS.filter(
  (id) => !(id in QUALITY_METRICS) && (METRICS[id].headline || id === "memory-process-peak"),
);

/** Run ids that a block says it was made of; undefined for an empty block. */
export const namedRuns = (block: string): readonly string[] | undefined => RUNS.exec(block)?.[1]?.split(" ");

export interface BoardInput {
  readonly task: Task;
  readonly scale: Scale;
  readonly records: readonly RunRecord[];
  /** What was measured apart from these runs. */
  readonly measurements: readonly Measurement[];
  /** The method's own configuration here, or null when this checkout does not have the method. */
  defaults(method: string): Promise<Parameters<typeof configDifference>[1]>;
}

/** The records of the cohort with the most runs, the newest one on a tie; data samples are never on a board. */
export function mainCohort(input: Pick<BoardInput, "task" | "scale" | "records">): RunRecord[] {
  const { task, scale } = input;
  return withStore(input.records, [], (store) => {
    const cohorts = listCohorts(store, { task: task.id, scale }).filter(
      ({ data }) => !data.startsWith("sample-"),
    );
    const [largest] = cohorts.sort((a, b) => b.runs - a.runs || (a.newest < b.newest ? 1 : -1));
    if (largest === undefined) {
      throw new Error(
        `no stored run of ${task.id} at scale ${scale}; run: pnpm bench --task ${task.id} --scale ${scale} ...`,
      );
    }
    const ids = new Set(cohort(store, largest).flatMap((arm) => arm.runs.map(({ id }) => id)));
    return input.records.filter(({ id }) => ids.has(id));
  });
}

function withStore<T>(
  records: readonly RunRecord[],
  measurements: readonly Measurement[],
  work: (store: ReturnType<typeof openStore>) => T,
): T {
  const store = openStore(":memory:");
  try {
    for (const record of records) ingest(store, record);
    for (const measurement of measurements) ingestMeasurement(store, projectRoot(), measurement);
    return work(store);
  } finally {
    store.close();
  }
}

const valuesOf = (arm: Arm, id: MetricId): number[] =>
  arm.runs.flatMap(({ metrics }) => {
    const measured = metrics[id];
    return measured !== undefined && "value" in measured ? [measured.value] : [];
  });

/** `84.2 % [83.1, 85.0]`; no interval where the seeds agree or there is one only. */
function cell(arm: Arm, id: MetricId): string {
  const values = valuesOf(arm, id);
  if (values.length === 0) return "-";
  const bounds = values.every((value) => value === values[0]) ? null : interval(values);
  const shown = formatInterval(mean(values), bounds, METRICS[id].unit);
  return shown.interval === null ? shown.mean : `${shown.mean} ${shown.interval}`;
}

function seeds(arm: Arm): string {
  const done = arm.runs.filter(({ state }) => state === "ok").length;
  const others = arm.runs.filter(({ state }) => state !== "ok").map(({ state }) => `, 1 ${state}`);
  return `${done}${done < RANKED_SEEDS ? " (provisional)" : ""}${others.join("")}`;
}

const armId = (arm: Arm): string => `${arm.method} ${arm.configHash}`;

/** Ranks by arm; a machine that matches no spec ranks nothing. */
function ranks(arms: readonly Arm[], key: CohortKey, quality: MetricId): ReadonlyMap<string, string> {
  const { direction } = METRICS[quality];
  if (key.spec.startsWith("local-") || direction === "neutral") return new Map();
  const samples = arms.map((arm) => ({
    id: armId(arm),
    bySeed: new Map(
      arm.runs.flatMap((run) => valuesOf({ ...arm, runs: [run] }, quality).map((value) => [run.seed, value])),
    ),
  }));
  const ranked = rankSamples(
    samples.filter(({ bySeed }) => bySeed.size > 0),
    direction,
  );
  return new Map(ranked.map(({ id, rank }) => [id, rank === null ? "" : String(rank)]));
}

interface Row {
  readonly order: number | null;
  readonly cells: readonly string[];
}

async function armRow(arm: Arm, input: BoardInput, costs: readonly MetricId[], rank: string): Promise<Row> {
  const quality = input.task.metrics[0];
  const values = valuesOf(arm, quality);
  const difference = configDifference(arm.config, await input.defaults(arm.method));
  const name = `${code(arm.method)}${difference === "" ? "" : ` ${difference}`}`;
  return {
    order: values.length === 0 ? null : mean(values),
    cells: [rank, name, seeds(arm), cell(arm, quality), ...costs.map((id) => cell(arm, id))],
  };
}

function floorRow(task: Task, quality: MetricId, costs: readonly MetricId[]): readonly Row[] {
  if (task.floor === null) return [];
  const { value, what } = task.floor;
  return [
    {
      order: value,
      cells: ["", `floor: ${what}`, "", formatValue(value, METRICS[quality].unit), ...costs.map(() => "")],
    },
  ];
}

function byQuality(quality: MetricId): (a: Row, b: Row) => number {
  const sign = METRICS[quality].direction === "lower" ? 1 : -1;
  return (a, b) => {
    if (a.order === null || b.order === null) return Number(a.order === null) - Number(b.order === null);
    return sign * (a.order - b.order);
  };
}

const distinct = (texts: readonly string[]): string => [...new Set(texts)].sort().join("; ");

/** What no number of seeds removes: every seed is scored on the same test items. For accuracy only. */
function itemNoise(records: readonly RunRecord[]): string | null {
  const results = records.flatMap(({ outcome }) => (outcome.state === "ok" ? [outcome.result] : []));
  const shares = results.flatMap(({ metrics: { accuracy } }) =>
    accuracy !== undefined && "value" in accuracy ? [accuracy.value] : [],
  );
  const items = results[0]?.predictions.targets.shape[0];
  if (shares.length === 0 || items === undefined) return null;
  const share = mean(shares);
  const points = 100 * Math.sqrt((share * (1 - share)) / items);
  return `All are scored on the same ${items} test items: one standard error of an accuracy of ${formatValue(share, "share")} over items is ${points.toFixed(1)} points, whatever the seeds say.`;
}

function provenance(key: CohortKey, records: readonly RunRecord[]): string {
  const machine = ({ environment: e }: RunRecord) =>
    `${e.cpu}, ${e.cores} cores, ${formatValue(e.memoryBytes, "bytes")}, ${e.os}, Node ${e.node}`;
  const days = records.map(({ startedAt }) => startedAt.slice(0, 10)).sort();
  const variants = distinct(records.flatMap(({ data }) => data.map(({ variant }) => variant)));
  const contended = records.filter(
    ({ environment }) => (environment.contention ?? 0) > CONTENDED_ABOVE,
  ).length;
  const lines = [
    `Cohort: ${key.task}@${key.taskVersion}, scale ${key.scale}, engine ${key.engine}, spec ${code(key.spec)}, protocol ${key.protocol}, data ${code(key.data)} (${variants}).`,
    `Machine: ${distinct(records.map(machine))}. ${plural(records.length, "run")}, ${days[0] === days.at(-1) ? "" : `${days[0]} to `}${days.at(-1)}.`,
    "Mean over seeds with its 95 % bootstrap interval; n counts seeds. Rows in order of their means; rows that the seeds cannot tell apart share a rank.",
  ];
  const items = itemNoise(records);
  if (items !== null) lines.push(items);
  if (contended > 0) {
    lines.push(
      `During ${contended} of the ${plural(records.length, "run")} other processes wanted the processor: their times and latencies are contended.`,
    );
  }
  return lines.join("\n");
}

/** The block's text for records of one cohort. */
export async function renderBoard(input: BoardInput): Promise<string> {
  const { task, records } = input;
  const [first] = records;
  if (first === undefined) throw new Error(`a board of ${task.id} without runs`);
  const quality = task.metrics[0];
  const arms = withStore(records, input.measurements, (store) => cohort(store, cohortOf(first.identity)));
  const stray = records.length - arms.reduce((sum, { runs }) => sum + runs.length, 0);
  if (stray !== 0) throw new Error(`${stray} runs of the board of ${task.id} belong to another cohort`);
  const costs = COSTS.filter((id) => arms.some((arm) => valuesOf(arm, id).length > 0));
  const ranked = ranks(arms, cohortOf(first.identity), quality);
  const rows = [
    ...(await Promise.all(arms.map((arm) => armRow(arm, input, costs, ranked.get(armId(arm)) ?? "")))),
    ...floorRow(task, quality, costs),
  ];
  const columns = [
    "rank",
    "method",
    "n",
    METRICS[quality].short,
    ...costs.map((id) => METRICS[id].short),
  ].map((title, index) => (index < 3 ? { title } : ({ title, align: "right" } as const)));
  const ids = records.map(({ id }) => id).sort();
  const cells = rows.sort(byQuality(quality)).map((row) => row.cells);
  return `<!-- runs: ${ids.join(" ")} -->\n${provenance(first.identity, records)}\n\n${table(columns, cells)}`;
}

/** The records of a task, or of one method on it; only their files are read. */
export async function storedRecords(root: string, task: string, method?: string): Promise<RunRecord[]> {
  const folder = `${task}/${method === undefined ? "" : `${method}/`}`;
  const records: RunRecord[] = [];
  for await (const file of listRecordFiles(root)) {
    if (!file.path.startsWith(folder)) continue;
    const read = await readRecordFile(root, file);
    if (!read.ok) throw read.error;
    records.push(read.record);
  }
  return records;
}

/** The board of a task from this checkout's record files: of the runs that `current` names, of the main cohort where it names none. */
export async function board(taskId: string, scale: Scale, current: string): Promise<string> {
  const task = await findTask(taskId);
  const all = await storedRecords(projectRoot(), taskId);
  const named = namedRuns(current);
  const records =
    named === undefined
      ? mainCohort({ task, scale, records: all })
      : all.filter(({ id }) => named.includes(id));
  const missing = named?.filter((id) => !all.some((record) => record.id === id)) ?? [];
  if (missing.length > 0)
    throw new Error(`the board of ${taskId} names runs without a file: ${missing.join(", ")}`);
  const defaults = async (method: string) => {
    try {
      return resolveConfig(await findMethod(method), taskFacts(task, scale), {});
    } catch {
      return null;
    }
  };
  const measurements: Measurement[] = [];
  for (const record of records) {
    const measurement = await readMeasurement(projectRoot(), record, "memory");
    if (measurement !== null) measurements.push(measurement);
  }
  return renderBoard({ task, scale, records, measurements, defaults });
}
