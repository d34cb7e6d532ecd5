// How a run goes, on stderr: a bar on a terminal, a plain line every few seconds elsewhere.
// Says what the worker's events say; decides nothing.
import { SingleBar } from "cli-progress";
import type { DownloadProgress } from "#harness/data/download.ts";
import type { Metric } from "#harness/record/metrics.ts";
import type { ProgressEvent } from "#harness/train/job.ts";
import { formatDuration, formatValue } from "./format.ts";
import type { Terminal } from "./session.ts";

/** Between two plain lines of one phase. */
const PLAIN_MS = 5000;

/** `loss 0.412 | accuracy 84.1 % | 5.2 steps/s | 1 min 02 s left`, as far as each is known. */
export function describeProgress(event: ProgressEvent, metric: Pick<Metric, "short" | "unit">): string {
  const left =
    event.stepsPerSecond === null || event.stepsPerSecond <= 0
      ? null
      : (event.totalSteps - event.doneSteps) / event.stepsPerSecond;
  return [
    event.loss === null ? null : `loss ${event.loss.toPrecision(3)}`,
    event.validation === null
      ? null
      : `validation ${metric.short} ${formatValue(event.validation, metric.unit)}`,
    event.stepsPerSecond === null ? null : `${event.stepsPerSecond.toPrecision(2)} steps/s`,
    left === null || event.totalSteps === 0 ? null : `${formatDuration(Math.max(0, left))} left`,
  ]
    .filter((part) => part !== null)
    .join(" | ");
}

/** One line of the plain view: `galore seed 0: train 120/438 | loss 0.412 | ...`. */
export function plainLine(
  label: string,
  event: ProgressEvent,
  metric: Pick<Metric, "short" | "unit">,
): string {
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
  metric: Pick<Metric, "short" | "unit">,
  now: () => number = () => performance.now(),
): ProgressView {
  return terminal.errIsTty ? barView(terminal, label, metric) : plainView(terminal, label, metric, now);
}

function plainView(
  terminal: Terminal,
  label: string,
  metric: Pick<Metric, "short" | "unit">,
  now: () => number,
): ProgressView {
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

const BAR_COLUMNS = 20;

/** The bar's line, cut to the terminal's width: a line that wraps would be drawn again and again. */
export function barLine(
  label: string,
  event: ProgressEvent,
  metric: Pick<Metric, "short" | "unit">,
  columns: number,
): string {
  const share = event.totalSteps === 0 ? 0 : Math.min(1, event.doneSteps / event.totalSteps);
  const full = Math.round(share * BAR_COLUMNS);
  const bar = `${"#".repeat(full)}${"-".repeat(BAR_COLUMNS - full)}`;
  const line = `[${bar}] ${String(Math.floor(share * 100)).padStart(3)} % ${plainLine(label, event, metric)}`;
  return line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`;
}

function barView(terminal: Terminal, label: string, metric: Pick<Metric, "short" | "unit">): ProgressView {
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

/** Progress of downloads: a line on a terminal that is written over, a line every few seconds elsewhere. */
export function downloadView(
  terminal: Terminal,
  label: string,
  now: () => number = () => performance.now(),
): (progress: DownloadProgress) => void {
  let lastAt = Number.NEGATIVE_INFINITY;
  return ({ receivedBytes, totalBytes, resumedFrom }) => {
    const complete = receivedBytes === totalBytes;
    if (!complete && now() - lastAt < (terminal.errIsTty ? 100 : PLAIN_MS)) return;
    lastAt = now();
    const of =
      totalBytes === null
        ? ""
        : ` of ${formatValue(totalBytes, "bytes")} (${Math.floor((100 * receivedBytes) / totalBytes)} %)`;
    const resumed = resumedFrom > 0 ? `, resumed at ${formatValue(resumedFrom, "bytes")}` : "";
    const line = `downloading ${label}: ${formatValue(receivedBytes, "bytes")}${of}${resumed}`;
    terminal.err(terminal.errIsTty ? `\r\u001B[K${line}${complete ? "\n" : ""}` : `${line}\n`);
  };
}
