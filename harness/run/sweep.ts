// Does the cells of a sweep: several at a time where asked, each in a worker of its own, until all are done, the budget is
// spent or the user stops it. What is shown of it is the command line's matter.
import { setMaxListeners } from "node:events";
import type { WorkerEvent } from "#harness/train/job.ts";
import { findClaim } from "./claim.ts";
import { allowedCores, canPin } from "./cores.ts";
import { type MachineShare, shareMachine } from "./machine-share.ts";
import { type CellResult, type CellSettings, runCell } from "./run-cell.ts";
import { cellOf, type SweepCell } from "./sweep-plan.ts";

export interface SweepChoice {
  /** Outcomes of failed cells that are tried again; `failed` for all of them. */
  readonly retryFailed: boolean;
  /** Leave results of other code, protocol or task version as they are. */
  readonly keepStale: boolean;
}

/** Whether a cell is to be done. What another process does is waited for at the end, and a refusal is recorded once. */
export function isTodo({ state, outcome }: SweepCell, choice: SweepChoice): boolean {
  switch (state) {
    case "missing":
    case "running":
      return true;
    case "stale":
      return !choice.keepStale;
    case "failed":
      return choice.retryFailed;
    case "unsupported":
      return outcome === null;
    case "done":
      return false;
  }
}

/** Wall time of the cells with a known expectation, and how many have none. */
export function expectedTime(cells: readonly SweepCell[]): {
  readonly seconds: number;
  readonly unknown: number;
} {
  let seconds = 0;
  let unknown = 0;
  for (const { group } of cells) {
    if (group.expected.seconds === null) unknown++;
    else seconds += group.expected.seconds;
  }
  return { seconds, unknown };
}

export interface SweepSettings
  extends Pick<CellSettings, "root" | "store" | "interruption" | "memoryLimitBytes" | "worker"> {
  /** Workers at a time. */
  readonly jobs: number;
  /** Go on after a run that ended without a result. */
  readonly keepGoing: boolean;
  /** No cell is started that would end later than this many seconds from now; null for no budget. */
  readonly budgetSeconds: number | null;
  timeoutOf(cell: SweepCell): number | null;
  onStart(cell: SweepCell): void;
  onEvent(cell: SweepCell, event: WorkerEvent): void;
  onEnd(cell: SweepCell, result: CellResult): void;
  /** Seconds on a clock that never jumps; the process's own when left out. */
  now?(): number;
}

export interface SweepEnd {
  /** Cells that were not started, with the reason. */
  readonly left: readonly SweepCell[];
  readonly stopped: "budget" | "failure" | "storage" | "interrupted" | null;
}

const seconds = (): number => performance.now() / 1000;

/** Cores for so many workers at a time, one set each; none where they cannot be kept apart. */
function coreSets(jobs: number, cores: readonly number[]): number[][] {
  if (jobs === 1 || cores.length < jobs || !canPin()) return [];
  const each = Math.floor(cores.length / jobs);
  return Array.from({ length: jobs }, (_, i) => cores.slice(i * each, (i + 1) * each));
}

/** How the workers of a command share this machine. */
export function machineFor(root: string, jobs: number): MachineShare {
  const cores = allowedCores();
  return shareMachine({ root, cores, sets: coreSets(jobs, cores) });
}

/** Whether a result stops a sweep that does not go on after failures. */
function isFailure(result: CellResult): boolean {
  if (result.kind === "refused") return true;
  const { state } = result.kind === "recorded" ? result.record.outcome : { state: "ok" };
  return state !== "ok" && state !== "unsupported";
}

/** Does the cells in order. Throws what would strike every other cell too; workers that run then are waited for. */
export async function runSweep(todo: readonly SweepCell[], settings: SweepSettings): Promise<SweepEnd> {
  const { root, jobs, interruption } = settings;
  setMaxListeners(0, interruption.stop, interruption.now);
  const now = settings.now ?? seconds;
  const deadline = settings.budgetSeconds === null ? null : now() + settings.budgetSeconds;
  const machine = machineFor(root, jobs);
  const queue = [...todo];
  const postponed = new Set<SweepCell>();
  const overBudget: SweepCell[] = [];
  let stopped: SweepEnd["stopped"] = null;
  let failure: unknown;

  const next = (): SweepCell | undefined => {
    for (;;) {
      if (stopped !== null || failure !== undefined) return undefined;
      const cell = queue.shift();
      if (cell === undefined) return undefined;
      const wanted = cell.group.expected.seconds ?? 0;
      if (deadline !== null && now() + wanted > deadline) {
        overBudget.push(cell);
        continue;
      }
      // What another command does is left for the end, where it is done or must be waited for.
      if (!postponed.has(cell) && queue.length > 0 && findClaim(root, cell.id)?.state === "running") {
        postponed.add(cell);
        queue.push(cell);
        continue;
      }
      return cell;
    }
  };

  const work = async (): Promise<void> => {
    for (let cell = next(); cell !== undefined; cell = next()) {
      const mine = cell;
      settings.onStart(mine);
      const result = await runCell(cellOf(root, mine), {
        root,
        store: settings.store,
        interruption,
        memoryLimitBytes: settings.memoryLimitBytes,
        timeoutSeconds: settings.timeoutOf(mine),
        // A stale record has a result, and is replaced by one of the present code.
        force: mine.state === "stale",
        machine,
        onEvent: (event) => settings.onEvent(mine, event),
        onWaiting: () => undefined,
        ...(settings.worker === undefined ? {} : { worker: settings.worker }),
      });
      settings.onEnd(mine, result);
      if (result.kind === "interrupted") {
        stopped = "interrupted";
        queue.unshift(mine);
      } else if (result.kind === "refused" && result.reason === "storage" && result.damaged !== true)
        stopped ??= "storage";
      else if (isFailure(result) && !settings.keepGoing) stopped ??= "failure";
    }
  };

  await Promise.all(
    Array.from({ length: Math.min(jobs, todo.length) }, () =>
      work().catch((error: unknown) => {
        failure ??= error;
      }),
    ),
  );
  if (failure !== undefined) throw failure;
  return {
    left: [...overBudget, ...queue],
    stopped: stopped ?? (overBudget.length > 0 ? "budget" : null),
  };
}
