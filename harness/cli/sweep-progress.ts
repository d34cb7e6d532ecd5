// How a whole sweep goes, on stderr: a line that is written over on a terminal, a plain line now and then elsewhere.
// Finished runs are told on lines of their own by the caller.
import type { ProgressEvent } from "#harness/run/supervisor.ts";
import { expectedTime } from "#harness/run/sweep.ts";
import type { SweepCell } from "#harness/run/sweep-plan.ts";
import { formatDuration } from "#harness/stats/format.ts";
import type { Terminal } from "./session.ts";

const PACE_MS = { terminal: 200, plain: 30_000 };

export interface SweepView {
  start(cell: SweepCell): void;
  show(cell: SweepCell, event: ProgressEvent): void;
  end(cell: SweepCell, failed: boolean): void;
  /** Makes room for a line of the caller. */
  clear(): void;
}

interface Running {
  readonly cell: SweepCell;
  readonly since: number;
  at: ProgressEvent | null;
}

const nameOf = ({ group, seed }: SweepCell): string =>
  `${group.identity.method} on ${group.identity.task} seed ${seed}`;

function describe({ cell, at }: Running): string {
  if (at === null) return nameOf(cell);
  return `${nameOf(cell)}: ${at.phase}${at.steps === 0 ? "" : ` ${at.step}/${at.steps}`}`;
}

/**
 * Time left by what the runs were expected to take, corrected by what those that ended took; null where nothing is
 * known.
 */
export function timeLeft(
  ended: { readonly took: number; readonly expected: number },
  left: readonly SweepCell[],
  jobs: number,
): number | null {
  const { seconds, unknown } = expectedTime(left);
  if (left.length === 0) return 0;
  if (unknown === left.length) return null;
  const pace = ended.expected > 0 ? Math.min(10, Math.max(0.1, ended.took / ended.expected)) : 1;
  return (pace * seconds * (left.length / (left.length - unknown))) / jobs;
}

/** A view of a sweep over `todo`. `now` is a clock in milliseconds. */
export function sweepView(
  terminal: Terminal,
  todo: readonly SweepCell[],
  jobs: number,
  now: () => number = () => performance.now(),
): SweepView {
  const left = new Set(todo);
  const running = new Map<SweepCell, Running>();
  const ended = { took: 0, expected: 0 };
  let failed = 0;
  let lastAt = now();
  let drawn = false;
  const clear = (): void => {
    if (drawn) terminal.err("\r\u001B[K");
    drawn = false;
  };
  const line = (): string => {
    const estimate = timeLeft(ended, [...left], jobs);
    return [
      `${todo.length - left.size}/${todo.length} done`,
      ...(failed === 0 ? [] : [`${failed} failed`]),
      ...(estimate === null ? [] : [`about ${formatDuration(estimate)} left`]),
      ...[...running.values()].map(describe),
    ].join(" | ");
  };
  const draw = (): void => {
    const pace = terminal.errIsTty ? PACE_MS.terminal : PACE_MS.plain;
    if (now() - lastAt < pace) return;
    lastAt = now();
    const text = line();
    if (!terminal.errIsTty) {
      terminal.err(`${text}\n`);
      return;
    }
    const room = Math.max(20, terminal.columns - 1);
    terminal.err(`\r\u001B[K${text.length <= room ? text : `${text.slice(0, room - 1)}…`}`);
    drawn = true;
  };
  return {
    clear,
    start(cell) {
      running.set(cell, { cell, since: now(), at: null });
      draw();
    },
    show(cell, event) {
      const known = running.get(cell);
      if (known !== undefined) known.at = event;
      draw();
    },
    end(cell, hasFailed) {
      const took = now() - (running.get(cell)?.since ?? now());
      running.delete(cell);
      left.delete(cell);
      if (hasFailed) failed++;
      const { seconds } = cell.group.expected;
      if (seconds === null) return;
      ended.took += took / 1000;
      ended.expected += seconds;
    },
  };
}
