// What `bench sweep --executor slurm` does: the plan for the nodes, the arrays, what comes back, and how to go on after a stop.
import { fileURLToPath } from "node:url";
import { exitCode } from "#harness/failure/exit-codes.ts";
import { unknownName } from "#harness/failure/suggest.ts";
import { observeMachine } from "#harness/measure/machine.ts";
import { SPECS, type SpecResources } from "#harness/measure/spec.ts";
import { plannedData } from "#harness/run/plan.ts";
import type { CellResult } from "#harness/run/run-cell.ts";
import { systemSlurm } from "#harness/run/slurm/commands.ts";
import type { Look } from "#harness/run/slurm/look.ts";
import { type ClusterEnd, type ClusterSettings, runOnCluster } from "#harness/run/slurm/submit.ts";
import { checkSbatchOptions } from "#harness/run/slurm/words.ts";
import { isTodo } from "#harness/run/sweep.ts";
import { cellOf, type SweepCell } from "#harness/run/sweep-plan.ts";
import { plural } from "#harness/stats/format.ts";
import type { SweepRaw } from "./commands/sweep.ts";
import { withDatabase } from "./database.ts";
import { catchInterrupts } from "./interrupt.ts";
import { parseDuration, parseInteger, parseSize } from "./parse.ts";
import { planSweepDocument, saySweepPlan, totalsLine } from "./plan-report.ts";
import { checkWritable, fetchTask } from "./run-cells.ts";
import { describeResult, resultDocument, warnings } from "./run-report.ts";
import type { Session } from "./session.ts";
import { choiceOf, codeOfSweep, defaultsOf, planHere, timeoutOf } from "./sweep-cells.ts";
import { parseSweep } from "./sweep-options.ts";

const ENTRY = fileURLToPath(new URL("./bin.js", import.meta.url));
const MOST_AT_A_TIME = 10_000;

const LOCAL_SPEC = /^local-[0-9a-f]{8}$/;

/** A spec's id, or the name of a machine that is none. */
function parseSpec(text: string): string {
  if (LOCAL_SPEC.test(text) || SPECS.some(({ id }) => id === text)) return text;
  throw unknownName({
    reason: "usage",
    kind: "spec",
    name: text,
    known: [...SPECS.map(({ id }) => id), "local-<8 hexadecimal digits>"],
    field: "--spec",
  });
}

/** What a job asks for so that its node is the spec. Nodes of no spec are taken to be like this machine, unless named. */
function resourcesOf({ group }: SweepCell, named: boolean): SpecResources {
  const { threads } = group.request;
  const found = SPECS.find(({ id }) => id === group.identity.spec)?.resources;
  if (found !== undefined) return { ...found, cpus: found.cpus ?? threads };
  return { cpus: named ? threads : observeMachine().cores, memoryMiB: null, gres: null };
}

/** Tells how the queue is when it changed. */
function lookTeller(session: Session, left: () => number): (look: Look) => void {
  let told = "";
  return ({ running, waiting, reasons }) => {
    const why = reasons.length === 0 ? "" : ` (${reasons.join(", ")})`;
    const elements =
      running + waiting === 0 ? "" : `; elements: ${running} running, ${waiting} waiting${why}`;
    const text = `${plural(left(), "run")} left${elements}`;
    if (text !== told && left() > 0) session.note(text);
    told = text;
  };
}

/** `bench sweep --executor slurm`. */
export async function clusterCommand(
  session: Session,
  file: string | undefined,
  raw: SweepRaw,
  { jobsGiven }: { readonly jobsGiven: boolean },
): Promise<number> {
  const spec = parseSweep(file, raw);
  const nodes = raw.spec === undefined ? undefined : parseSpec(raw.spec);
  const settings = {
    sbatch: checkSbatchOptions(raw.sbatch),
    elementSeconds: parseDuration(raw.elementTime, "--element-time"),
    attempts: parseInteger(raw.attempts, "--attempts", { min: 1, max: 100 }),
    pollSeconds: parseDuration(raw.poll, "--poll"),
    atATime: jobsGiven ? parseInteger(raw.jobs, "--jobs", { min: 1, max: MOST_AT_A_TIME }) : null,
    memoryLimitBytes: raw.memoryLimit === undefined ? null : parseSize(raw.memoryLimit),
    wait: raw.wait,
  };
  return withDatabase(session, async (store, root) => {
    const choice = choiceOf(raw);
    if (raw.dryRun) {
      const plan = await planHere(store, root, spec, plannedData, nodes);
      const todo = plan.cells.filter((cell) => isTodo(cell, choice));
      const reported = { plan, todo, jobs: settings.atATime ?? 1, budgetSeconds: null, defaultsOf };
      if (session.json) session.document(planSweepDocument(reported));
      else saySweepPlan(session, reported);
      return 0;
    }
    checkWritable(root);
    const plan = await planHere(store, root, spec, (task, preset) => fetchTask(session, task, preset), nodes);
    const todo = plan.cells.filter((cell) => isTodo(cell, choice));
    const warned = warnings([...new Set(todo.map(({ group }) => group))].map(({ data }) => ({ data })));
    const warn = (): void => {
      for (const text of warned) session.say(session.styles.yellow(`warning: ${text}`));
    };
    warn();
    session.say(totalsLine({ plan, todo, jobs: 1 }));
    const done: { cell: ReturnType<typeof cellOf>; result: CellResult }[] = [];
    const interrupts = catchInterrupts(() => session.note("\nstopping: what is in the queue goes on"));
    let end: ClusterEnd;
    try {
      end = await runOnCluster(todo, {
        ...settings,
        root,
        store,
        slurm: systemSlurm(),
        node: process.execPath,
        entry: ENTRY,
        interruption: interrupts.interruption,
        timeoutOf,
        resourcesOf: (cell) => resourcesOf(cell, nodes !== undefined),
        onSubmitted: tellSubmitted(session),
        onLook: lookTeller(session, () => todo.length - done.length),
        onNote: (text) => session.note(text),
        onEnd(swept, result) {
          const cell = cellOf(root, swept);
          done.push({ cell, result });
          const count = `[${done.length}/${todo.length}]`;
          if (result.kind === "refused") {
            session.note(`error: ${result.message}`);
            const { method, task, seed } = cell.job.identity;
            session.say(`${count} ${method} on ${task}, seed ${seed}: nothing was recorded`);
          } else session.say(`${count} ${describeResult(cell, result)}`);
        },
      });
    } finally {
      interrupts.release();
    }
    if (session.json) {
      session.document({
        ...(resultDocument(done, warned) as object),
        left: end.left.map(({ id }) => id),
        stopped: end.stopped,
        jobs: end.names,
        unequal: end.unequal,
      });
    } else sayEnd(session, done.length, end);
    warn();
    if (end.stopped !== "interrupted" && end.unequal.length > 0) return exitCode("differs");
    return codeOfSweep(done, end);
  });
}

const tellSubmitted =
  (session: Session): ClusterSettings["onSubmitted"] =>
  ({ name, job, elements, runs, limitMinutes }) => {
    const limit = limitMinutes === null ? "" : `, ${plural(limitMinutes, "minute")} each at most`;
    session.note(
      `submitted ${name} as job ${job}: ${plural(runs, "run")} in ${plural(elements, "element")}${limit}`,
    );
  };

function sayEnd(session: Session, ended: number, end: ClusterEnd): void {
  session.say(`${plural(ended, "run")} ended`);
  for (const file of end.unequal) {
    session.say(
      session.styles.yellow(
        `warning: two attempts at one run differ; the second one is ${file} (remove it when it was looked at)`,
      ),
    );
  }
  if (end.stopped === null) return;
  session.say(`${plural(end.left.length, "run")} left`);
  if (end.names.length > 0) {
    session.say(`${plural(end.names.length, "job")} in the queue: ${end.names.join(", ")}`);
    session.say(`  cancel: scancel ${end.names.map((name) => `--name=${name}`).join(" ")}`);
  }
  session.say("  go on:  the same command; it submits nothing that is queued");
}
