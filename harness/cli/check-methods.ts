// What `bench check` does: the checks of each method, one line a check, and what to do about those that fail.
import { type CheckOptions, checkMethod, isGood, type Report } from "#harness/check/check-method.ts";
import { CHECKS, type Finding } from "#harness/check/verdict.ts";
import { openEngine } from "#harness/engine/open.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { exitCode } from "#harness/failure/exit-codes.ts";
import type { Method } from "#harness/method/contract.ts";
import { findMethod, listMethods } from "#harness/method/registry.ts";
import { supportOf } from "#harness/method/support.ts";
import { plural } from "#harness/stats/format.ts";
import type { Task } from "#harness/task/contract.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { listTasks } from "#harness/task/registry.ts";
import { catchInterrupts } from "./interrupt.ts";
import type { Session } from "./session.ts";

export interface CheckRequest {
  readonly methods: readonly string[];
  readonly all: boolean;
  readonly smoke: CheckOptions["smoke"];
}

/** Checks what was asked for, shows it, and returns the exit code. */
export async function checkMethods(session: Session, request: CheckRequest): Promise<number> {
  if (request.all === request.methods.length > 0) {
    throw new RankbenchError({
      reason: "usage",
      thing: "command line",
      problem: request.all ? "methods and --all were both given" : "no method was given",
      wanted: "ids of methods, or --all",
      next: "see: pnpm bench list methods",
    });
  }
  const methods = request.all ? await listMethods() : await Promise.all(request.methods.map(findMethod));
  const tasks = await listTasks();
  const engine = await openEngine("onnx");
  const interrupts = catchInterrupts(() => session.note("\nstopping after this run"));
  const reports: Report[] = [];
  try {
    const options: CheckOptions = {
      engine,
      tasks,
      smoke: request.smoke,
      interruption: interrupts.interruption,
    };
    for (const method of methods) {
      if (interrupts.interruption.stop.aborted) return exitCode("interrupted");
      const report = await checkMethod(method, options);
      reports.push(report);
      if (!session.json) sayReport(session, report);
    }
  } finally {
    interrupts.release();
    await engine.dispose();
  }
  const good = reports.filter(isGood).length;
  if (session.json) session.document({ ok: good === reports.length, methods: reports.map(documentOf) });
  else
    session.say(
      `${plural(reports.length, "method")} checked: ${good} conform, ${reports.length - good} do not`,
    );
  const [only] = methods;
  if (!session.json && methods.length === 1 && good === 1 && only !== undefined)
    session.say(`next: ${nextOf(only, tasks)}   # three seeds are needed to be ranked`);
  return good === reports.length ? exitCode("ok") : exitCode("nonconforming");
}

/** The runs that come after a method's checks: on the first task that it takes at the scale of the CPU boards. */
function nextOf(method: Method, tasks: readonly Task[]): string {
  const task = tasks.find(
    (each) => each.scales.small !== undefined && supportOf(method, taskFacts(each, "small")).ok,
  );
  return `pnpm bench --method ${method.id} --task ${task?.id ?? "TASK"} --seeds 0-2`;
}

const documentOf = (report: Report) => ({
  method: report.method,
  ok: isGood(report),
  checks: report.findings.map(({ check, verdict }) => ({
    check,
    title: CHECKS[check].title,
    ...verdict,
    ...(verdict.state === "failed" ? { next: CHECKS[check].next } : {}),
  })),
});

function sayReport(session: Session, report: Report): void {
  session.say(session.styles.bold(report.method));
  for (const finding of report.findings) for (const line of linesOf(session, finding)) session.say(line);
  session.say();
}

function linesOf({ styles }: Session, { check, verdict }: Finding): string[] {
  const { title, next } = CHECKS[check];
  switch (verdict.state) {
    case "passed":
      return [`  ${styles.green("pass")}  ${title} (${verdict.detail})`];
    case "not-applicable":
      return [`  ${styles.dim("n/a ")}  ${title}: ${verdict.reason}`];
    case "failed":
      return [
        `  ${styles.red("FAIL")}  ${title}`,
        `        got:  ${verdict.problem}`,
        `        next: ${next}`,
      ];
  }
}
