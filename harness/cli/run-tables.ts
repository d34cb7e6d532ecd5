// After the runs: each cohort's table, where the files lie, and the next useful command.
import { relative } from "node:path";
import { projectRoot } from "#harness/data/folders.ts";
import { resolveConfig } from "#harness/method/config.ts";
import { findMethod } from "#harness/method/registry.ts";
import { canonicalJson } from "#harness/record/identity.ts";
import { METRICS } from "#harness/record/metrics.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import type { RunRequest } from "#harness/run/request.ts";
import { formatValue, plural } from "#harness/stats/format.ts";
import { interval, RANKED_SEEDS } from "#harness/stats/summary.ts";
import type { Store } from "#harness/store/database.ts";
import { type Arm, type CohortKey, cohort, cohortOf } from "#harness/store/query.ts";
import { isUntracked } from "#harness/submit/changes.ts";
import type { Task } from "#harness/task/contract.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { sayTable, type TableArm } from "./cohort-table.ts";
import type { DoneCell } from "./run-cells.ts";
import type { Session } from "./session.ts";
import { staleReader } from "./stale-runs.ts";

/** A run with its record, done or found. */
interface Shown {
  readonly task: Task;
  readonly record: RunRecord;
  readonly file: string;
}

function shownOf(done: readonly DoneCell[]): Shown[] {
  return done.flatMap(({ cell, result }) =>
    result.kind === "existed" || result.kind === "recorded"
      ? [{ task: cell.task, record: result.record, file: result.file }]
      : [],
  );
}

/** Everything that is printed after the last run. */
export async function sayCohorts(
  session: Session,
  done: readonly DoneCell[],
  store: Store,
  root: string,
  request: RunRequest,
): Promise<void> {
  const shown = shownOf(done);
  if (shown.length === 0) return;
  const byCohort = new Map<string, { readonly key: CohortKey; readonly runs: Shown[] }>();
  for (const run of shown) {
    const key = cohortOf(run.record.identity);
    const entry = byCohort.get(canonicalJson(key)) ?? { key, runs: [] };
    entry.runs.push(run);
    byCohort.set(canonicalJson(key), entry);
  }
  for (const { key, runs } of byCohort.values()) await sayCohort(session, store, key, runs);
  session.say();
  const files = shown.map((run) => relative(root, run.file));
  session.say(
    files.length === 1
      ? `record:   ${files[0]}`
      : `records:  ${files.length} files, the last one ${files.at(-1)}`,
  );
  session.say(`database: ${relative(root, store.path)}`);
  for (const line of nextCommands(shown, store, request)) session.say(`next:     ${line}`);
}

async function sayCohort(
  session: Session,
  store: Store,
  key: CohortKey,
  runs: readonly Shown[],
): Promise<void> {
  const [first] = runs;
  if (first === undefined) return;
  const { task } = first;
  const mine = new Set(
    runs.map(({ record: { identity } }) => `${identity.method} ${canonicalJson(identity.config)}`),
  );
  const staleOf = await staleReader([task.id]);
  const found = cohort(store, key, "all", (run) => staleOf(run).length > 0);
  // Stale runs are in no table with current ones; those of this command are current ones.
  const arms = await Promise.all(
    found.filter((arm) => !arm.stale).map((arm) => tableArm(arm, task, key, mine)),
  );
  if (arms.every((arm) => arm.values.length === 0)) return;
  const quality = METRICS[task.metrics[0]];
  const sample = runs.some((run) => run.record.data.some((file) => file.variant === "sample"));
  const title = `${key.task}@${key.taskVersion}, scale ${key.scale}, engine ${key.engine}, spec ${key.spec}, protocol ${key.protocol}`;
  session.say();
  sayTable(session, sample ? `${title}, SAMPLE DATA: never ranked` : title, {
    arms,
    quality: task.metrics[0],
    interval,
    width: Math.min(session.terminal.columns, 100),
  });
  const stale = found.filter((arm) => arm.stale).length;
  if (stale > 0) {
    session.say(
      session.styles.dim(`${plural(stale, "stale arm")} left out: made by other code than this checkout's`),
    );
  }
  if (task.floor !== null && !sample) {
    session.say(
      session.styles.dim(`floor ${formatValue(task.floor.value, quality.unit)}: ${task.floor.what}`),
    );
  }
}

async function tableArm(arm: Arm, task: Task, key: CohortKey, mine: ReadonlySet<string>): Promise<TableArm> {
  const results = arm.runs.filter((run) => run.state === "ok");
  return {
    method: arm.method,
    config: arm.config,
    defaults: await defaultsOf(arm.method, task, key),
    values: results.map((run) => run.metrics),
    failed: arm.runs.length - results.length,
    mine: mine.has(`${arm.method} ${canonicalJson(arm.config)}`),
  };
}

/** The method's own configuration here; null for a method that this checkout does not have. */
async function defaultsOf(method: string, task: Task, key: CohortKey): Promise<TableArm["defaults"]> {
  try {
    return resolveConfig(await findMethod(method), taskFacts(task, key.scale), {});
  } catch {
    return null;
  }
}

/** A few commands that most likely come next; the first is the most useful one. */
function nextCommands(shown: readonly Shown[], store: Store, request: RunRequest): string[] {
  const last = shown.at(-1);
  if (last === undefined) return [];
  const { record, task } = last;
  const { method, scale, config } = record.identity;
  const arms = cohort(store, cohortOf(record.identity));
  const arm = arms.find(
    (each) => each.method === method && canonicalJson(each.config) === canonicalJson(config),
  );
  const seeds = arm?.runs.filter((run) => run.state === "ok").length ?? 0;
  const sets = Object.entries(request.overrides)
    .map(([key, value]) => ` --set ${key}=${value}`)
    .join("");
  const engine = request.engine === "onnx" ? "" : ` --engine ${request.engine}`;
  const command = (id: string, set: string, more: string) =>
    `pnpm bench --method ${id} --task ${task.id} --scale ${scale}${engine}${set}${more}`;
  const lines: string[] = [];
  if (record.outcome.state !== "ok")
    lines.push(`pnpm bench show ${record.id.slice(0, 8)}   # how far it came`);
  else if (scale === "smoke")
    lines.push(`pnpm bench --method ${method} --task ${task.id}${sets}   # the same on real data`);
  else if (seeds < RANKED_SEEDS)
    lines.push(`${command(method, sets, " --seeds 0-2")}   # ${RANKED_SEEDS} seeds are needed to be ranked`);
  // A method that git does not know yet is a contributor's own.
  if (seeds >= RANKED_SEEDS && isUntracked(projectRoot(), `methods/${method}/method.ts`))
    lines.push(`pnpm bench submit ${method}   # check it against the rules, make the pull request`);
  const other = ["full-finetune", "lora"].find(
    (id) => id !== method && !arms.some((each) => each.method === id),
  );
  if (record.outcome.state === "ok" && scale !== "smoke" && other !== undefined) {
    lines.push(`${command(other, "", " --seeds 0-2")}   # compare with ${other}`);
  }
  if (record.outcome.state === "ok")
    lines.push(`pnpm bench show ${record.id.slice(0, 8)}   # everything that was measured`);
  return lines;
}
