// Floors as a generated block: what full fine-tuning reaches on each task at scale small, against a trivial method. Of
// stored runs, which the block names, so that it can be checked later, whatever else has been run since.

import { projectRoot } from "#harness/data/folders.ts";
import { METRICS } from "#harness/record/metrics.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import { formatDuration, formatInterval, formatValue } from "#harness/stats/format.ts";
import { interval, mean } from "#harness/stats/summary.ts";
import type { Task } from "#harness/task/contract.ts";
import { listTasks } from "#harness/task/registry.ts";
import { mainCohort, namedRuns, storedRecords } from "./board-block.ts";
import { code, table } from "./markdown.ts";

const SCALE = "small";
const METHOD = "full-finetune";

/** Where the seeds stand to the floor. */
export type Clearance = "clear" | "above" | "no" | "-";

/** `clear`: the whole interval is better than the floor; `above`: the mean is; `-`: no floor, or no runs. */
export function clearance(values: readonly number[], floor: number | null, sign: 1 | -1): Clearance {
  if (floor === null || values.length === 0) return "-";
  const bounds = interval(values);
  const worst = bounds === null ? null : sign * (sign === 1 ? bounds.low : bounds.high);
  if (worst !== null && worst > sign * floor) return "clear";
  return sign * mean(values) > sign * floor ? "above" : "no";
}

/** The records of full fine-tuning of the task's main cohort; none where it has no runs. */
export function floorRuns(task: Task, records: readonly RunRecord[]): RunRecord[] {
  const own = records.filter(
    ({ identity, outcome }) =>
      identity.scale === SCALE && identity.method === METHOD && outcome.state === "ok",
  );
  return own.length === 0 ? [] : mainCohort({ task, scale: SCALE, records: own });
}

function row(task: Task, runs: readonly RunRecord[]): string[] {
  const [quality] = task.metrics;
  const { unit, direction, short } = METRICS[quality];
  const results = runs.flatMap(({ outcome }) => (outcome.state === "ok" ? [outcome.result.metrics] : []));
  const values = results.flatMap((metrics) => {
    const measured = metrics[quality];
    return measured !== undefined && "value" in measured ? [measured.value] : [];
  });
  const times = runs.map((run) => (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000);
  const shown = values.length === 0 ? null : formatInterval(mean(values), interval(values), unit);
  return [
    code(task.id),
    `${task.version}`,
    short,
    task.floor === null ? "-" : formatValue(task.floor.value, unit),
    task.floor?.what ?? "",
    shown === null ? "no run" : [shown.mean, shown.interval ?? ""].join(" ").trim(),
    `${values.length}`,
    times.length === 0 ? "-" : formatDuration(Math.min(...times)),
    clearance(values, task.floor?.value ?? null, direction === "lower" ? -1 : 1),
  ];
}

/** The block's text for the runs of each task. */
export function renderFloors(
  tasks: readonly { readonly task: Task; readonly runs: readonly RunRecord[] }[],
): string {
  const ids = tasks.flatMap(({ runs }) => runs.map(({ id }) => id)).sort();
  const left = ["task", "version", "metric"].map((title) => ({ title }));
  const right = (title: string) => ({ title, align: "right" as const });
  const columns = [
    ...left,
    right("floor"),
    { title: "what the floor is" },
    right("full fine-tuning"),
    right("seeds"),
    right("quickest run"),
    { title: "beats it" },
  ];
  const rows = tasks.map(({ task, runs }) => row(task, runs));
  return `<!-- runs: ${ids.join(" ")} -->\n\n${table(columns, rows)}`;
}

/** The floors of all tasks that have scale small: of the runs that `current` names, of the main cohorts where it names none. */
export async function floors(current: string): Promise<string> {
  const named = namedRuns(current);
  const tasks: { task: Task; runs: RunRecord[] }[] = [];
  for (const task of await listTasks()) {
    if (task.scales[SCALE] === undefined) continue;
    const stored = await storedRecords(projectRoot(), task.id, METHOD);
    tasks.push({
      task,
      runs: named === undefined ? floorRuns(task, stored) : stored.filter(({ id }) => named.includes(id)),
    });
  }
  return renderFloors(tasks);
}
