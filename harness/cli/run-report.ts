// What is said about planned and done runs: a line each for people, a document for programs, an exit code for shells.
import { exitCode } from "#harness/failure/exit-codes.ts";
import { METRICS } from "#harness/record/metrics.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import type { Cell } from "#harness/run/plan.ts";
import type { CellResult } from "#harness/run/run-cell.ts";
import { formatDuration, formatMeasured, formatValue, plural } from "#harness/stats/format.ts";
import type { DoneCell } from "./run-cells.ts";
import type { Session } from "./session.ts";
import { describeOutcome } from "./show-run.ts";
import { leftColumns, renderTable } from "./text-table.ts";

/** Notices about sample data, each once. */
export const warnings = (cells: readonly Pick<Cell, "data">[]): string[] => [
  ...new Set(cells.flatMap((cell) => cell.data.notices.map((notice) => notice.message))),
];

const nameOf = ({ job: { identity } }: Cell): string =>
  `${identity.method} on ${identity.task}, seed ${identity.seed}`;

const shortId = (id: string): string => id.slice(0, 8);

/** The task's own metric of a record with a result, or how it ended without one; details follow on lines of their own. */
function qualityOf(cell: Cell, record: RunRecord): string {
  if (record.outcome.state !== "ok") return record.outcome.state;
  const id = cell.task.metrics[0];
  const measured = record.outcome.result.metrics[id];
  return measured === undefined ? "ok" : `${METRICS[id].short} ${formatMeasured(measured, METRICS[id].unit)}`;
}

const secondsOf = (record: RunRecord): number =>
  (Date.parse(record.finishedAt) - Date.parse(record.startedAt)) / 1000;

/** One line on a finished cell. */
export function describeResult(cell: Cell, result: CellResult): string {
  const name = nameOf(cell);
  switch (result.kind) {
    case "existed":
      return `${name}: exists, not repeated (--force repeats it): ${qualityOf(cell, result.record)} (run ${shortId(result.record.id)})`;
    case "interrupted":
      return `${name}: interrupted, nothing was recorded; the same command does it again`;
    case "refused":
      return `${name}: refused before training, nothing was recorded`;
    case "recorded": {
      const { record, stored } = result;
      const restarted = record.attempt === "restarted" ? ", restarted after an attempt that was cut off" : "";
      const line = `${name}: ${qualityOf(cell, record)} (${formatDuration(secondsOf(record))}, run ${shortId(record.id)}${restarted})`;
      if (record.outcome.state === "ok") return line;
      const kept = "not recorded: the earlier record, which has a result, stays";
      const detail = describeOutcome(record.outcome).replaceAll("\n", "\n  ");
      return `${line}; ${stored === "kept" ? kept : "recorded, and tried again by the next such command"}\n  ${detail}`;
    }
  }
}

function codeOfOne({ result }: DoneCell): number {
  switch (result.kind) {
    case "existed":
      return 0;
    case "interrupted":
      return exitCode("interrupted");
    case "refused":
      return exitCode(result.reason);
    case "recorded": {
      const { state } = result.record.outcome;
      return state === "ok" ? 0 : exitCode(state === "unsupported" ? "unsupported" : "failed");
    }
  }
}

/** The code of the whole command: an interruption, else the first run that has no result. */
export function codeOf(done: readonly DoneCell[]): number {
  const codes = done.map(codeOfOne);
  const interrupted = codes.find((code) => code === exitCode("interrupted"));
  return interrupted ?? codes.find((code) => code !== 0) ?? 0;
}

const WILL: Readonly<Record<Cell["state"], string>> = {
  exists: "show",
  failed: "run again",
  running: "wait for the process that does it",
  missing: "run",
};

const willDo = (cell: Cell, force: boolean): string =>
  force && cell.state === "exists" ? "run again, replace" : WILL[cell.state];

/** The plan as --dry-run --json prints it. */
export function planDocument(cells: readonly Cell[], force: boolean): unknown {
  return {
    runs: cells.map((cell) => ({
      id: cell.job.id,
      identity: cell.job.identity,
      state: cell.state,
      outcome: cell.outcome,
      action: willDo(cell, force),
      data: {
        variant: cell.data.variant,
        needsDownload: cell.data.needsDownload,
        downloadBytes: cell.data.downloadBytes,
      },
      file: cell.file,
      command: cell.command,
    })),
    warnings: warnings(cells),
  };
}

/** The plan for people. */
export function sayPlan(session: Session, cells: readonly Cell[], force: boolean): void {
  const columns = leftColumns(["run", "method", "task", "seed", "state", "would"]);
  const rows = cells.map((cell) => {
    const { method, task, seed } = cell.job.identity;
    const state = cell.state === "failed" ? `failed (${cell.outcome})` : cell.state;
    return [shortId(cell.job.id), method, task, String(seed), state, willDo(cell, force)];
  });
  for (const line of renderTable({ columns, rows, width: session.terminal.columns })) session.say(line);
  session.say();
  const configs = new Map(
    cells.map(({ job: { identity } }) => [`${identity.method} on ${identity.task}`, identity]),
  );
  for (const [name, identity] of configs) session.say(`${name}: ${JSON.stringify(identity.config)}`);
  const [first] = cells;
  if (first !== undefined) {
    const { scale, engine, spec, protocol } = first.job.identity;
    session.say(`scale ${scale}, engine ${engine}, spec ${spec}, protocol ${protocol}`);
  }
  for (const [task, data] of new Map(cells.map((cell) => [cell.task.id, cell.data]))) {
    const size = data.downloadBytes === null ? "" : ` (${formatValue(data.downloadBytes, "bytes")})`;
    session.say(
      `data of ${task}: ${data.variant}${data.needsDownload ? `, to be downloaded${size}` : ""}, ${data.fingerprint}`,
    );
  }
  for (const warning of warnings(cells)) session.say(session.styles.yellow(`warning: ${warning}`));
  session.say(
    `dry run: nothing was done (${plural(cells.filter((cell) => willDo(cell, force).startsWith("run")).length, "run")} to do)`,
  );
}

function entry({ cell, result }: DoneCell): unknown {
  const { id, identity } = cell.job;
  const shared = {
    id,
    identity,
    command: cell.command,
    result: result.kind,
    sample: cell.data.variant === "sample",
  };
  if (result.kind === "refused")
    return { ...shared, error: { reason: result.reason, message: result.message } };
  if (result.kind === "interrupted") return shared;
  const { record, file } = result;
  const { outcome } = record;
  return {
    ...shared,
    outcome: outcome.state,
    ...(outcome.state === "ok" ? { metrics: outcome.result.metrics } : { detail: describeOutcome(outcome) }),
    attempt: record.attempt,
    notes: record.notes,
    seconds: secondsOf(record),
    file,
    ...(result.kind === "recorded" ? { stored: result.stored } : {}),
  };
}

/** What --json prints at the end. */
export const resultDocument = (done: readonly DoneCell[], warned: readonly string[]): unknown => ({
  runs: done.map(entry),
  warnings: warned,
});
