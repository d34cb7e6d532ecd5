// What `bench tune` does: the trials of each method and task as a sweep, then the choice and its evidence.
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import type { EngineName } from "#harness/engine/engine.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { exitCode } from "#harness/failure/exit-codes.ts";
import { findMethod } from "#harness/method/registry.ts";
import type { Scale } from "#harness/record/identity.ts";
import { METRICS } from "#harness/record/metrics.ts";
import { plannedData } from "#harness/run/plan.ts";
import { isTodo } from "#harness/run/sweep.ts";
import { planSearch, type Search, scoreTrials, sweepOfSearch, tunedFile } from "#harness/run/tune.ts";
import { type TunedFile, writeTuned } from "#harness/run/tuned.ts";
import { formatValue } from "#harness/stats/format.ts";
import type { Store } from "#harness/store/database.ts";
import { storedRecord } from "#harness/store/read.ts";
import { findTask } from "#harness/task/registry.ts";
import { DEFAULT_TIMEOUT_SECONDS } from "./commands/run.ts";
import { withDatabase } from "./database.ts";
import { checkWritable, fetchTask, memoryLimit } from "./run-cells.ts";
import type { Session } from "./session.ts";
import { planHere, sweepCells } from "./sweep-cells.ts";
import { parseJobs } from "./sweep-options.ts";
import { renderTable } from "./text-table.ts";

export interface TuneRequest {
  readonly methods: readonly string[];
  readonly tasks: readonly string[];
  readonly trials: number;
  readonly trialSeeds: number;
  readonly scale: Scale;
  readonly engine: EngineName;
  readonly threads: number;
  readonly timeoutSeconds: number | null;
  readonly jobs: string;
  readonly dryRun: boolean;
}

async function searchesOf(request: TuneRequest): Promise<Search[]> {
  if (request.tasks.length === 0) {
    throw new RankbenchError({
      reason: "usage",
      thing: "command line",
      problem: "--task is missing",
      field: "--task",
      wanted: "one id, or several joined by commas",
      next: "see pnpm bench list tasks",
    });
  }
  const searches: Search[] = [];
  for (const taskId of request.tasks) {
    const task = await findTask(taskId);
    for (const id of request.methods) {
      const size = { trials: request.trials, seeds: request.trialSeeds };
      searches.push(planSearch(await findMethod(id), task, request.scale, size));
    }
  }
  return searches;
}

const describeSet = (set: Readonly<Record<string, string>>): string =>
  Object.keys(set).length === 0
    ? "its own configuration"
    : Object.entries(set)
        .map(([key, value]) => `${key}=${value}`)
        .join(" ");

function sayTrials(session: Session, tuned: TunedFile, file: string): void {
  const { unit, short } = METRICS[tuned.metric as keyof typeof METRICS];
  session.say(session.styles.bold(`${tuned.method} on ${tuned.task}, scale ${tuned.scale}`));
  const rows = tuned.trials.map((trial, index) => [
    `${index === tuned.chosen ? "> " : "  "}${index}`,
    describeSet(trial.set),
    trial.score === null
      ? (trial.runs.find(({ state }) => state !== "ok")?.state ?? "no score")
      : formatValue(trial.score, unit),
  ]);
  const columns = [
    { title: "  trial", align: "left" },
    { title: "configuration", align: "left" },
    { title: `${short} on validation`, align: "right" },
  ] as const;
  for (const line of renderTable({ columns, rows, width: Math.max(80, session.terminal.columns) }))
    session.say(line);
  session.say(`written: ${file}`);
  session.say();
}

interface TunedMethod {
  readonly tuned: TunedFile;
  readonly file: string;
}

async function tuneOne(
  session: Session,
  search: Search,
  request: TuneRequest,
  place: { readonly store: Store; readonly root: string; readonly jobs: number },
): Promise<TunedMethod | "interrupted" | "unfinished"> {
  const { store, root, jobs } = place;
  const spec = sweepOfSearch(search, request);
  const plan = await planHere(store, root, spec, (task, preset) => fetchTask(session, task, preset));
  const todo = plan.cells.filter((cell) => isTodo(cell, { retryFailed: false, keepStale: false }));
  session.say(
    `${search.method.id} on ${search.task.id}: ${plan.cells.length} trial runs, ${todo.length} to do`,
  );
  const { end } = await sweepCells(session, todo, {
    root,
    store,
    jobs,
    budgetSeconds: null,
    keepGoing: true,
    memoryLimitBytes: Math.floor(memoryLimit({ memoryLimitBytes: null }) / jobs),
    timeoutOf: () => request.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS[request.scale],
  });
  if (end.stopped === "interrupted") return "interrupted";
  if (end.stopped !== null) return "unfinished";
  const trials = scoreTrials(search, plan.cells, (id) => storedRecord(store, id));
  const tuned = tunedFile(search, plan.cells, trials);
  const file = writeTuned(root, tuned);
  if (!session.json) sayTrials(session, tuned, relative(root, file));
  return { tuned, file: relative(root, file) };
}

/** `bench tune`. */
export async function tuneCommand(session: Session, request: TuneRequest): Promise<number> {
  const searches = await searchesOf(request);
  const jobs = parseJobs(request.jobs, availableParallelism(), request.threads);
  if (request.dryRun) {
    for (const search of searches) await plannedDataExists(search);
    if (session.json) session.document({ searches: searches.map(searchDocument) });
    else for (const search of searches) saySearch(session, search);
    return 0;
  }
  return withDatabase(session, async (store, root) => {
    checkWritable(root);
    const done: TunedMethod[] = [];
    for (const search of searches) {
      const result = await tuneOne(session, search, request, { store, root, jobs });
      if (result === "interrupted") return exitCode("interrupted");
      if (result === "unfinished") return exitCode("storage");
      done.push(result);
    }
    if (session.json) session.document({ tuned: done });
    return 0;
  });
}

/** A task without any data is refused by a dry run too. */
async function plannedDataExists({ task, scale }: Search): Promise<void> {
  const preset = task.scales[scale];
  if (preset !== undefined) await plannedData(task, preset);
}

const searchDocument = ({ method, task, scale, space, sets, seeds }: Search): unknown => ({
  method: method.id,
  task: task.id,
  scale,
  space,
  trials: sets,
  seeds,
});

function saySearch(session: Session, { method, task, space, sets, seeds }: Search): void {
  session.say(session.styles.bold(`${method.id} on ${task.id}`));
  for (const [field, range] of Object.entries(space)) session.say(`  ${field}: ${JSON.stringify(range)}`);
  for (const [index, set] of sets.entries()) session.say(`  trial ${index}: ${describeSet(set)}`);
  session.say(`  seeds ${seeds.join(", ")}`);
}
