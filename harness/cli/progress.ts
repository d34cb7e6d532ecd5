// How a run goes, on stderr: a bar on a terminal, a plain line every few seconds elsewhere.
// Says what the worker's events say; decides nothing.
import { SingleBar } from "cli-progress";
import type { DownloadProgress } from "#harness/data/download.ts";
import type { Metric } from "#harness/record/metrics.ts";
import type { ProgressEvent } from "#harness/run/supervisor.ts";
import { formatDuration, formatValue, significant } from "#harness/stats/format.ts";
import type { Terminal } from "./session.ts";

/** Between two plain lines of one phase. */
const PLAIN_MS = 5000;

type ShownMetric = Pick<Metric, "short" | "unit">;

/** `1 min 02 s left | loss 0.412 | val accuracy 84.1 % | 5.3 steps/s`, as far as each is known; the most useful first. */
export function describeProgress(event: ProgressEvent, metric: ShownMetric): string {
  const { stepsPerSecond: speed, totalSteps, doneSteps, loss, validation } = event;
  const left =
    speed === null || speed <= 0 || totalSteps === 0 ? null : Math.max(0, totalSteps - doneSteps) / speed;
  return [
    left === null ? null : `${formatDuration(left)} left`,
    loss === null ? null : `loss ${significant(loss, 3)}`,
    validation === null ? null : `val ${metric.short} ${formatValue(validation, metric.unit)}`,
    speed === null ? null : `${significant(speed, 2)} steps/s`,
  ]
    .filter((part) => part !== null)
    .join(" | ");
}

/** One line of the plain view: `galore seed 0: train 120/438 | 1 min 02 s left | loss 0.412 | ...`. */
export function plainLine(label: string, event: ProgressEvent, metric: ShownMetric): string {
  const steps = event.steps === 0 ? "" : ` ${event.step}/${event.steps}`;
  const rest = describeProgress(event, metric);
  return `${label}: ${event.phase}${steps}${rest === "" ? "" : ` | ${rest}`}`;
}

export interface ProgressView {
  show(event: ProgressEvent): void;
  /** Clears the bar; nothing is shown afterwards. */
  stop(): void;
}

/** A view of one run. `now` is a clock in milliseconds, for the plain view's pace. */
export function progressView(
  terminal: Terminal,
  label: string,
  metric: ShownMetric,
  now: () => number = () => performance.now(),
): ProgressView {
  return terminal.errIsTty ? barView(terminal, label, metric) : plainView(terminal, label, metric, now);
}

function plainView(terminal: Terminal, label: string, metric: ShownMetric, now: () => number): ProgressView {
  let phase = "";
  let lastAt = Number.NEGATIVE_INFINITY;
  return {
    show(event) {
      const due =
        event.phase !== phase ||
        now() - lastAt >= PLAIN_MS ||
        (event.steps > 0 && event.step === event.steps);
      if (!due) return;
      phase = event.phase;
      lastAt = now();
      terminal.err(`${plainLine(label, event, metric)}\n`);
    },
    stop() {},
  };
}

const BAR_COLUMNS = { least: 6, most: 20 };

/** The bar's line, never wider than the terminal: a line that wraps would be drawn again and again. */
export function barLine(label: string, event: ProgressEvent, metric: ShownMetric, columns: number): string {
  const share = event.totalSteps === 0 ? 0 : Math.min(1, event.doneSteps / event.totalSteps);
  const text = ` ${String(Math.floor(share * 100)).padStart(3)} % ${plainLine(label, event, metric)}`;
  const room = columns - 1 - text.length - "[]".length;
  const size = Math.max(BAR_COLUMNS.least, Math.min(BAR_COLUMNS.most, room));
  const full = Math.round(share * size);
  const line = `[${"#".repeat(full)}${"-".repeat(size - full)}]${text}`;
  return line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`;
}

function barView(terminal: Terminal, label: string, metric: ShownMetric): ProgressView {
  const bar = new SingleBar({
    format: (_options, _params, payload: { readonly line?: string }) => payload.line ?? "",
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    // Ctrl-C is the supervisor's business.
    gracefulExit: false,
  });
  return {
    show(event) {
      if (!bar.isActive) bar.start(1, 0, { line: label });
      bar.setTotal(Math.max(1, event.totalSteps));
      bar.update(event.doneSteps, { line: barLine(label, event, metric, terminal.columns) });
    },
    stop() {
      if (bar.isActive) bar.stop();
    },
  };
}

export interface DownloadView {
  show(progress: DownloadProgress): void;
  /** Leaves the terminal at the beginning of an empty line. */
  stop(): void;
}

/** Progress of downloads: a line on a terminal that is written over, a line every few seconds elsewhere. */
export function downloadView(
  terminal: Terminal,
  label: string,
  now: () => number = () => performance.now(),
): DownloadView {
  const { errIsTty } = terminal;
  let lastAt = Number.NEGATIVE_INFINITY;
  return {
    show({ receivedBytes, totalBytes, resumedFrom }) {
      const complete = receivedBytes === totalBytes;
      if (!complete && now() - lastAt < (errIsTty ? 100 : PLAIN_MS)) return;
      lastAt = now();
      const of =
        totalBytes === null
          ? ""
          : ` of ${formatValue(totalBytes, "bytes")} (${Math.floor((100 * receivedBytes) / totalBytes)} %)`;
      const resumed = resumedFrom > 0 ? `, resumed at ${formatValue(resumedFrom, "bytes")}` : "";
      const line = `downloading ${label}: ${formatValue(receivedBytes, "bytes")}${of}${resumed}`;
      terminal.err(errIsTty ? `\r\u001B[K${line}` : `${line}\n`);
    },
    stop() {
      if (errIsTty && lastAt > Number.NEGATIVE_INFINITY) terminal.err("\r\u001B[K");
    },
  };
}
