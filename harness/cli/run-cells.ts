// What `bench run` does: checks everything, gets the data, does the runs one after another, shows the results.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "#harness/data/folders.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { observeMachine } from "#harness/measure/machine.ts";
import { specHere } from "#harness/measure/spec-here.ts";
import { runsFolder, storageError } from "#harness/record/file.ts";
import { METRICS } from "#harness/record/metrics.ts";
import {
  type Cell,
  type CheckedRequest,
  checkRequest,
  fetchedData,
  type PlannedData,
  planCells,
  plannedData,
} from "#harness/run/plan.ts";
import { canInspect } from "#harness/run/processes.ts";
import type { RunRequest } from "#harness/run/request.ts";
import { type CellResult, type CellSettings, runCell } from "#harness/run/run-cell.ts";
import { machineFor } from "#harness/run/sweep.ts";
import type { Store } from "#harness/store/database.ts";
import type { RunSettings } from "./commands/run.ts";
import { withDatabase } from "./database.ts";
import { catchInterrupts } from "./interrupt.ts";
import { downloadView, progressView } from "./progress.ts";
import { codeOf, describeResult, planDocument, resultDocument, sayPlan, warnings } from "./run-report.ts";
import { sayCohorts } from "./run-tables.ts";
import type { Session } from "./session.ts";

/** Share of the machine's memory that a run may take when nothing else is asked for. */
const MEMORY_SHARE = 0.8;

/** Resident bytes that a run may take. */
export const memoryLimit = ({ memoryLimitBytes }: Pick<RunSettings, "memoryLimitBytes">): number =>
  memoryLimitBytes ?? Math.floor(MEMORY_SHARE * observeMachine().memoryBytes);

/** Does what was asked and returns the exit code. */
export async function runCells(
  session: Session,
  request: RunRequest,
  settings: RunSettings,
): Promise<number> {
  if (settings.memoryLimitBytes !== null && !canInspect()) {
    throw new RankbenchError({
      reason: "usage",
      thing: "command line",
      problem: "the memory of processes cannot be watched on this system",
      field: "--memory-limit",
      wanted: "Linux, with /proc",
      next: "leave --memory-limit out",
    });
  }
  const checked = await checkRequest(request);
  const spec = specHere(request.engine, request.threads);
  const root = projectRoot();
  const plan = (data: ReadonlyMap<string, PlannedData>) =>
    planCells({ root, checked, spec, data, force: settings.force });
  if (settings.dryRun) {
    const cells = await plan(await dataOf(checked, plannedData));
    if (session.json) session.document(planDocument(cells, settings.force));
    else sayPlan(session, cells, settings.force);
    return 0;
  }
  return withDatabase(session, async (store) => {
    checkWritable(root);
    const cells = await plan(await fetchAll(session, checked));
    const warned = warnings(cells);
    for (const warning of warned) say(session, warning);
    const done = await doCells(session, cells, settings, store, root);
    if (session.json) session.document(resultDocument(done, warned));
    else await sayCohorts(session, done, store, root, request);
    for (const warning of warned) say(session, warning);
    return codeOf(done);
  });
}

const say = (session: Session, warning: string): void =>
  session.say(session.styles.yellow(`warning: ${warning}`));

async function dataOf(
  checked: CheckedRequest,
  find: (task: Cell["task"], preset: CheckedRequest["pairs"][number]["preset"]) => Promise<PlannedData>,
): Promise<Map<string, PlannedData>> {
  const found = new Map<string, PlannedData>();
  for (const { task, preset } of checked.pairs)
    if (!found.has(task.id)) found.set(task.id, await find(task, preset));
  return found;
}

/** Data of a task; what is not on this machine is downloaded now, so that its runs' identities are certain. */
export async function fetchTask(
  session: Session,
  task: Cell["task"],
  preset: CheckedRequest["pairs"][number]["preset"],
): Promise<PlannedData> {
  const status = await plannedData(task, preset);
  if (!status.needsDownload) return status;
  const view = downloadView(session.terminal, `data of ${task.id}`);
  try {
    return await fetchedData(task, preset, view.show);
  } finally {
    view.stop();
  }
}

/** The same for all tasks of a request. */
export const fetchAll = (session: Session, checked: CheckedRequest): Promise<Map<string, PlannedData>> =>
  dataOf(checked, (task, preset) => fetchTask(session, task, preset));

/** A folder that cannot be written is told before hours of training, not after. */
export function checkWritable(root: string): void {
  const folder = runsFolder(root);
  // One name for all: what a killed command leaves of it goes with the next one.
  const probe = join(folder, ".probe");
  try {
    mkdirSync(folder, { recursive: true });
    try {
      writeFileSync(probe, "x");
    } finally {
      rmSync(probe, { force: true });
    }
  } catch (error) {
    throw storageError(probe, "writing into the results folder", error);
  }
}

/** A cell and what came of it. */
export interface DoneCell {
  readonly cell: Cell;
  readonly result: CellResult;
}

async function doCells(
  session: Session,
  cells: readonly Cell[],
  settings: RunSettings,
  store: Store,
  root: string,
): Promise<DoneCell[]> {
  const done: DoneCell[] = [];
  const interrupts = catchInterrupts(() =>
    session.note("\nstopping: the worker is being ended (again to end at once)"),
  );
  try {
    for (const [index, cell] of cells.entries()) {
      const result = await doCell(session, cell, {
        ...settings,
        store,
        root,
        interruption: interrupts.interruption,
      });
      done.push({ cell, result });
      const count = cells.length === 1 ? "" : `[${index + 1}/${cells.length}] `;
      if (result.kind === "refused") session.note(`error: ${result.message}`);
      session.say(`${count}${describeResult(cell, result)}`);
      if (result.kind === "interrupted") break;
      if (codeOf([{ cell, result }]) === 0 || settings.keepGoing) continue;
      // A method that says no to a task is an answer, and the others of a list are still wanted.
      const answered = result.kind === "recorded" && result.record.outcome.state === "unsupported";
      if (!answered) {
        const left = cells.length - index - 1;
        if (left > 0) session.note(`${left} more not started; --keep-going goes on after a failure`);
        break;
      }
    }
  } finally {
    interrupts.release();
  }
  return done;
}

async function doCell(
  session: Session,
  cell: Cell,
  settings: RunSettings & Pick<CellSettings, "store" | "root" | "interruption">,
): Promise<CellResult> {
  const { method, seed } = cell.job.identity;
  const metric = METRICS[cell.task.metrics[0]];
  const view = progressView(session.terminal, `${method} seed ${seed}`, metric);
  try {
    return await runCell(cell, {
      root: settings.root,
      store: settings.store,
      timeoutSeconds: settings.timeoutSeconds,
      memoryLimitBytes: memoryLimit(settings),
      force: settings.force,
      interruption: settings.interruption,
      machine: machineFor(settings.root, 1),
      onEvent: (event) => {
        if (event.kind === "progress") view.show(event);
      },
      onWaiting: (claim) =>
        session.note(`process ${claim.pid} does this run already (since ${claim.startedAt}): waiting for it`),
    });
  } finally {
    view.stop();
  }
}
