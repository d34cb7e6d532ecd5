// The table at the end of a run: its runs beside everything the database has for the same cohort, headline metrics
// only, each with its interval over seeds. A summary, not a ranking: ranks need the tests of the boards.
import { configDifference } from "#harness/record/config-difference.ts";
import type { ConfigValue } from "#harness/record/identity.ts";
import { METRIC_IDS, METRICS, type Metric, type MetricId } from "#harness/record/metrics.ts";
import { type Measured, numberOf } from "#harness/record/schema.ts";
import { formatInterval } from "#harness/stats/format.ts";
import { mean, RANKED_SEEDS } from "#harness/stats/summary.ts";
import type { Session } from "./session.ts";
import { renderTable } from "./text-table.ts";

/** The seeds of one method with one configuration. */
export interface TableArm {
  readonly method: string;
  readonly config: Readonly<Record<string, ConfigValue>>;
  /** What the method's own defaults would be here; null when the method is not in this checkout. */
  readonly defaults: Readonly<Record<string, ConfigValue>> | null;
  /** One entry a seed with a result. */
  readonly values: readonly Readonly<Partial<Record<MetricId, Measured>>>[];
  /** Seeds that ended without a result. */
  readonly failed: number;
  /** True for the runs of this command. */
  readonly mine: boolean;
}

export interface TableInput {
  readonly arms: readonly TableArm[];
  /** The metric by which the task is judged. */
  readonly quality: MetricId;
  /** Interval of the mean over seeds; null where there are too few. */
  interval(values: readonly number[]): { readonly low: number; readonly high: number } | null;
  readonly width: number;
}

const valuesOf = (arm: TableArm, metric: MetricId): Measured[] =>
  arm.values.map((values) => values[metric]).filter((measured) => measured !== undefined);

const numbersOf = (arm: TableArm, metric: MetricId): number[] =>
  valuesOf(arm, metric).flatMap((measured) => numberOf(measured) ?? []);

function meanOf(arm: TableArm, metric: MetricId): number | null {
  const numbers = numbersOf(arm, metric);
  return numbers.length === 0 ? null : mean(numbers);
}

function cell(arm: TableArm, id: MetricId, metric: Metric, interval: TableInput["interval"]): string {
  const numbers = numbersOf(arm, id);
  if (numbers.length === 0) return valuesOf(arm, id).length === 0 ? "-" : "undefined";
  // Counts and formulas do not vary over seeds: an interval of width zero says nothing.
  const varies = numbers.some((value) => value !== numbers[0]);
  const shown = formatInterval(mean(numbers), varies ? interval(numbers) : null, metric.unit);
  const partly = numbers.length < arm.values.length ? `\n${numbers.length} of ${arm.values.length}` : "";
  return `${shown.mean}${shown.interval === null ? "" : `\n${shown.interval}`}${partly}`;
}

function label(arm: TableArm): string {
  const difference = configDifference(arm.config, arm.defaults)
    .split(" ")
    .filter((part) => part !== "");
  return [`${arm.mine ? "> " : "  "}${arm.method}`, ...difference.map((part) => `    ${part}`)].join("\n");
}

function seeds(arm: TableArm): string {
  const n = arm.values.length;
  const failed = arm.failed === 0 ? "" : `\n${arm.failed} failed`;
  return `${n}${n < RANKED_SEEDS ? " *" : ""}${failed}`;
}

/** Best mean first; those without a value last, by name. */
function order(input: TableInput): TableArm[] {
  const sign = METRICS[input.quality].direction === "lower" ? 1 : -1;
  return [...input.arms].sort((a, b) => {
    const [x, y] = [meanOf(a, input.quality), meanOf(b, input.quality)];
    if (x !== null && y !== null && x !== y) return sign * (x - y);
    if ((x === null) !== (y === null)) return x === null ? 1 : -1;
    return a.method < b.method ? -1 : a.method > b.method ? 1 : 0;
  });
}

/** Headline metrics that any of the arms has: the task's own first, other qualities left out, then costs. */
function columnsOf(input: TableInput): MetricId[] {
  const headline = METRIC_IDS.filter((id) => METRICS[id].headline && METRICS[id].direction !== "neutral");
  const present = headline.filter((id) => input.arms.some((arm) => valuesOf(arm, id).length > 0));
  return [input.quality, ...present.filter((id) => id !== input.quality)];
}

/** The lines of the table. */
export function cohortTable(input: TableInput): string[] {
  const metrics = columnsOf(input);
  const rows = order(input).map((arm) => [
    label(arm),
    seeds(arm),
    ...metrics.map((id) => cell(arm, id, METRICS[id], input.interval)),
  ]);
  return renderTable({
    columns: [
      { title: "  method", align: "left" },
      { title: "n", align: "left" },
      ...metrics.map((id) => ({ title: METRICS[id].short, align: "right" }) as const),
    ],
    rows,
    width: input.width,
    repeated: 2,
  });
}

/** What the marks in the table mean, for those that occur. */
export function tableNotes(input: TableInput): string[] {
  const notes = [
    "mean over seeds [95 % bootstrap interval]; > this command; best mean first, which is no ranking",
  ];
  if (input.arms.some((arm) => arm.values.length < RANKED_SEEDS)) {
    notes.push(`* provisional: fewer than ${RANKED_SEEDS} seeds`);
  }
  return notes;
}

/** Prints the table with its notes. */
export function sayTable(session: Session, title: string, input: TableInput): void {
  session.say(session.styles.bold(title));
  for (const line of cohortTable(input))
    session.say(line.startsWith("> ") ? session.styles.bold(line) : line);
  for (const note of tableNotes(input)) session.say(session.styles.dim(note));
}
