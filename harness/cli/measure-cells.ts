// What `bench run --measure memory` does: the planned runs measured one after another, each in a slower process of its
// own, and stored beside the runs' records. No run is done or changed by it.
import { relative } from "node:path";
import { projectRoot } from "#harness/data/folders.ts";
import { exitCode } from "#harness/failure/exit-codes.ts";
import { requireExactMemory } from "#harness/measure/exact-memory.ts";
import { specHere } from "#harness/measure/spec-here.ts";
import { MEASURES, type Measure } from "#harness/record/measurement.ts";
import { METRICS } from "#harness/record/metrics.ts";
import { type MeasureResult, measureCell } from "#harness/run/measure-cell.ts";
import { type Cell, checkRequest, planCells } from "#harness/run/plan.ts";
import type { RunRequest } from "#harness/run/request.ts";
import type { Store } from "#harness/store/database.ts";
import type { RunSettings } from "./commands/run.ts";
import { withDatabase } from "./database.ts";
import { describeMeasurement } from "./describe-measurement.ts";
import { catchInterrupts } from "./interrupt.ts";
import { progressView } from "./progress.ts";
import { checkWritable, fetchAll, memoryLimit } from "./run-cells.ts";
import { warnings } from "./run-report.ts";
import type { Session } from "./session.ts";
import { describeOutcome } from "./show-run.ts";

interface DoneMeasurement {
  readonly cell: Cell;
  readonly result: MeasureResult;
}

/** Measures what was asked for and returns the exit code. */
export async function measureCells(
  session: Session,
  request: RunRequest,
  settings: RunSettings,
  measure: Measure,
): Promise<number> {
  requireExactMemory();
  const checked = await checkRequest(request);
  const spec = specHere(request.engine, request.threads);
  const root = projectRoot();
  return withDatabase(session, async (store) => {
    checkWritable(root);
    const data = await fetchAll(session, checked);
    const cells = await planCells({ root, checked, spec, data, force: settings.force });
    const warned = warnings(cells);
    for (const warning of warned) session.say(session.styles.yellow(`warning: ${warning}`));
    const done = await measureAll(session, cells, settings, measure, { store, root });
    if (session.json) session.document({ measurements: done.map(documentOf), warnings: warned });
    else sayEnd(session, done, root);
    return done.map(codeOf).find((code) => code !== 0) ?? 0;
  });
}

async function measureAll(
  session: Session,
  cells: readonly Cell[],
  settings: RunSettings,
  measure: Measure,
  place: { readonly store: Store; readonly root: string },
): Promise<DoneMeasurement[]> {
  const done: DoneMeasurement[] = [];
  const interrupts = catchInterrupts(() =>
    session.note("\nstopping: the worker is being ended (again to end at once)"),
  );
  try {
    for (const cell of cells) {
      const { method, seed } = cell.job.identity;
      const view = progressView(session.terminal, `${method} seed ${seed}`, METRICS[cell.task.metrics[0]]);
      const result = await measureCell(cell, measure, {
        ...place,
        timeoutSeconds: settings.timeoutSeconds,
        memoryLimitBytes: memoryLimit(settings),
        force: settings.force,
        interruption: interrupts.interruption,
        onEvent: (event) => {
          if (event.kind === "progress") view.show(event);
        },
      }).finally(() => view.stop());
      const one = { cell, result };
      done.push(one);
      session.say(describe(one));
      if (result.kind === "interrupted" || (codeOf(one) !== 0 && !settings.keepGoing)) break;
    }
  } finally {
    interrupts.release();
  }
  return done;
}

function describe({ cell, result }: DoneMeasurement): string {
  const { method, task, seed } = cell.job.identity;
  const name = `${method} on ${task}, seed ${seed}`;
  switch (result.kind) {
    case "interrupted":
      return `${name}: interrupted, nothing was recorded`;
    case "refused":
      return `${name}: ${result.message}`;
    case "failed":
      return `${name}: not measured, nothing was recorded\n  ${describeOutcome(result.outcome).replaceAll("\n", "\n  ")}`;
    case "existed":
    case "measured": {
      const before =
        result.kind === "existed" ? "was measured before, not repeated (--force repeats it): " : "";
      const title = METRICS[MEASURES[result.measurement.measure]].title.toLowerCase();
      return `${name}: ${before}${title} ${describeMeasurement(result.measurement)}`;
    }
  }
}

function codeOf({ result }: DoneMeasurement): number {
  if (result.kind === "interrupted") return exitCode("interrupted");
  if (result.kind === "refused") return result.code;
  if (result.kind === "failed")
    return exitCode(result.outcome.state === "unsupported" ? "unsupported" : "failed");
  return 0;
}

function documentOf({ cell, result }: DoneMeasurement): unknown {
  const { id, identity } = cell.job;
  if (result.kind === "refused") return { id, identity, result: result.kind, error: result.message };
  if (result.kind === "failed")
    return { id, identity, result: result.kind, detail: describeOutcome(result.outcome) };
  if (result.kind === "interrupted") return { id, identity, result: result.kind };
  return { id, identity, result: result.kind, measurement: result.measurement, file: result.file };
}

function sayEnd(session: Session, done: readonly DoneMeasurement[], root: string): void {
  const stored = done.flatMap(({ cell, result }) =>
    result.kind === "existed" || result.kind === "measured" ? [{ cell, file: result.file }] : [],
  );
  const last = stored.at(-1);
  if (last === undefined) return;
  session.say();
  session.say(
    stored.length === 1
      ? `measurement: ${relative(root, last.file)}`
      : `measurements: ${stored.length} files, the last one ${relative(root, last.file)}`,
  );
  const missing = stored.find(({ cell }) => cell.outcome !== "ok");
  if (missing !== undefined)
    session.say(`next: ${missing.cell.command}   # the run itself, which is not stored yet`);
  else session.say(`next: pnpm bench show ${last.cell.job.id.slice(0, 8)}   # the run with its measurement`);
}
