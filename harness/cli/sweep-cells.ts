// What `bench plan` and `bench sweep` do: the plan of all cells, and for a sweep the data, the runs and the summary.
import { availableParallelism } from "node:os";
import { exitCode } from "#harness/failure/exit-codes.ts";
import { observeMachine } from "#harness/measure/machine.ts";
import { matchSpec, providerOf } from "#harness/measure/spec.ts";
import { resolveConfig } from "#harness/method/config.ts";
import type { CheckedPair, PlannedData } from "#harness/run/plan.ts";
import { plannedData } from "#harness/run/plan.ts";
import type { CellResult } from "#harness/run/run-cell.ts";
import { isTodo, runSweep, type SweepChoice, type SweepEnd } from "#harness/run/sweep.ts";
import {
  cellOf,
  planSweep,
  type SweepCell,
  type SweepGroup,
  type SweepPlan,
} from "#harness/run/sweep-plan.ts";
import type { SweepSpec } from "#harness/run/sweep-spec.ts";
import { plural } from "#harness/stats/format.ts";
import type { Store } from "#harness/store/database.ts";
import type { Task } from "#harness/task/contract.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { DEFAULT_TIMEOUT_SECONDS } from "./commands/run.ts";
import type { SweepRaw } from "./commands/sweep.ts";
import { withDatabase } from "./database.ts";
import { catchInterrupts } from "./interrupt.ts";
import { parseDuration, parseSize } from "./parse.ts";
import { planSweepDocument, type ReportedPlan, saySweepPlan, totalsLine } from "./plan-report.ts";
import { checkWritable, fetchTask, memoryLimit } from "./run-cells.ts";
import { codeOf, describeResult, resultDocument, warnings } from "./run-report.ts";
import type { Session } from "./session.ts";
import { parseJobs, parseSweep, type RawSweep } from "./sweep-options.ts";
import { sweepView } from "./sweep-progress.ts";

type DataOf = (task: Task, preset: CheckedPair["preset"]) => Promise<PlannedData>;

/** Asks for the data of each task once a kind of preset: a plan has it many times. */
function once(find: DataOf): DataOf {
  const known = new Map<string, Promise<PlannedData>>();
  return (task, preset) => {
    const name = `${task.id} ${preset.sampleOnly}`;
    const found = known.get(name) ?? find(task, preset);
    known.set(name, found);
    return found;
  };
}

/** The plan of a sweep on this machine, or on machines that are `nodes`. */
export function planHere(
  store: Store,
  root: string,
  spec: SweepSpec,
  find: DataOf,
  nodes?: string,
): Promise<SweepPlan> {
  const machine = observeMachine();
  return planSweep({
    root,
    spec,
    store,
    specOf: (engine, threads) => nodes ?? matchSpec({ machine, provider: providerOf(engine), threads }).spec,
    dataOf: once(find),
  });
}

export const choiceOf = (raw: RawSweep): SweepChoice => ({
  retryFailed: raw.retry === "failed",
  keepStale: raw.keepStale,
});

const jobsOf = (raw: RawSweep, spec: SweepSpec): number =>
  parseJobs(raw.jobs, availableParallelism(), Math.max(...spec.parts.map(({ threads }) => threads)));

const budgetOf = (raw: RawSweep & Partial<SweepRaw>): number | null =>
  raw.budget === undefined ? null : parseDuration(raw.budget, "--budget");

export const defaultsOf = ({ method, task, request }: SweepGroup): ReturnType<ReportedPlan["defaultsOf"]> =>
  resolveConfig(method, taskFacts(task, request.scale), {});

/** `bench plan`, and `bench sweep --dry-run`. */
export async function planCommand(
  session: Session,
  file: string | undefined,
  raw: RawSweep & Partial<SweepRaw>,
): Promise<number> {
  const spec = parseSweep(file, raw);
  const jobs = jobsOf(raw, spec);
  const budgetSeconds = budgetOf(raw);
  return withDatabase(session, async (store, root) => {
    const plan = await planHere(store, root, spec, plannedData);
    const todo = plan.cells.filter((cell) => isTodo(cell, choiceOf(raw)));
    const reported = { plan, todo, jobs, budgetSeconds, defaultsOf };
    if (session.json) session.document(planSweepDocument(reported));
    else saySweepPlan(session, reported);
    return 0;
  });
}

/** Wall time that a run of the sweep may take: its own, else that of its scale. */
export const timeoutOf = ({ group }: SweepCell): number | null =>
  group.timeoutSeconds === undefined ? DEFAULT_TIMEOUT_SECONDS[group.request.scale] : group.timeoutSeconds;

interface DoneSweep {
  readonly done: readonly { readonly cell: SweepCell; readonly result: CellResult }[];
  readonly end: SweepEnd;
}

/** `bench sweep`. */
export async function sweepCommand(
  session: Session,
  file: string | undefined,
  raw: SweepRaw,
): Promise<number> {
  const spec = parseSweep(file, raw);
  const jobs = jobsOf(raw, spec);
  const budgetSeconds = budgetOf(raw);
  const memoryLimitBytes =
    raw.memoryLimit === undefined
      ? Math.floor(memoryLimit({ memoryLimitBytes: null }) / jobs)
      : parseSize(raw.memoryLimit);
  return withDatabase(session, async (store, root) => {
    checkWritable(root);
    const plan = await planHere(store, root, spec, (task, preset) => fetchTask(session, task, preset));
    const todo = plan.cells.filter((cell) => isTodo(cell, choiceOf(raw)));
    const warned = warnings([...new Set(todo.map(({ group }) => group))].map(({ data }) => ({ data })));
    const warn = (): void => {
      for (const text of warned) session.say(session.styles.yellow(`warning: ${text}`));
    };
    warn();
    session.say(totalsLine({ plan, todo, jobs }));
    const swept = await sweepCells(session, todo, {
      root,
      store,
      jobs,
      budgetSeconds,
      memoryLimitBytes,
      keepGoing: raw.keepGoing,
      timeoutOf,
    });
    const done = swept.done.map(({ cell, result }) => ({ cell: cellOf(root, cell), result }));
    if (session.json) {
      session.document({
        ...(resultDocument(done, warned) as object),
        left: swept.end.left.map(({ id }) => id),
        stopped: swept.end.stopped,
      });
    } else saySummary(session, plan, swept);
    warn();
    return codeOfSweep(done, swept.end);
  });
}

/** Does the cells with progress on stderr and a line for each on stdout. */
export async function sweepCells(
  session: Session,
  todo: readonly SweepCell[],
  settings: Omit<Parameters<typeof runSweep>[1], "interruption" | "onStart" | "onEvent" | "onEnd">,
): Promise<DoneSweep> {
  const done: { cell: SweepCell; result: CellResult }[] = [];
  const view = sweepView(session.terminal, todo, settings.jobs);
  const interrupts = catchInterrupts(() => {
    view.clear();
    session.note("\nstopping: the workers are being ended (again to end at once)");
  });
  try {
    const end = await runSweep(todo, {
      ...settings,
      interruption: interrupts.interruption,
      onStart: (cell) => view.start(cell),
      onEvent: (cell, event) => {
        if (event.kind === "progress") view.show(cell, event);
      },
      onEnd(cell, result) {
        const shown = cellOf(settings.root, cell);
        done.push({ cell, result });
        view.end(cell, codeOf([{ cell: shown, result }]) === exitCode("failed"));
        view.clear();
        if (result.kind === "refused") session.note(`error: ${result.message}`);
        session.say(`[${done.length}/${todo.length}] ${describeResult(shown, result)}`);
      },
    });
    return { done, end };
  } finally {
    view.clear();
    interrupts.release();
  }
}

const WHY: Readonly<Record<Exclude<SweepEnd["stopped"], null>, string>> = {
  budget: "the budget is spent",
  failure: "a run ended without a result, and --no-keep-going was given",
  storage: "the results cannot be written",
  interrupted: "it was stopped",
};

function saySummary(session: Session, plan: SweepPlan, { done, end }: DoneSweep): void {
  const ended = new Map<string, number>();
  for (const { result } of done) {
    const name = result.kind === "recorded" ? result.record.outcome.state : result.kind;
    ended.set(name, (ended.get(name) ?? 0) + 1);
  }
  const counts = [...ended].map(([name, count]) => `${count} ${name}`).join(", ");
  for (const line of plan.leftOut) session.say(`left out: ${line}`);
  session.say(`${plural(done.length, "run")} ended${counts === "" ? "" : `: ${counts}`}`);
  if (end.stopped === null) return;
  session.say(`${WHY[end.stopped]}: ${plural(end.left.length, "run")} left; the same command goes on`);
}

/** An interruption, else refusals and failures; a method that says no is an answer. */
export function codeOfSweep(
  done: readonly { cell: ReturnType<typeof cellOf>; result: CellResult }[],
  { stopped }: { readonly stopped: string | null },
): number {
  if (stopped === "interrupted") return exitCode("interrupted");
  return codeOf(
    done.filter(
      ({ result }) => !(result.kind === "recorded" && result.record.outcome.state === "unsupported"),
    ),
  );
}
