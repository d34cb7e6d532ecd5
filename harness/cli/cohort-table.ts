// The table at the end of a run: its runs beside everything the database has for the same cohort, headline metrics
// only, each with its interval over seeds. A summary, not a ranking: ranks need the tests of the boards.
import type { ConfigValue } from "#harness/record/identity.ts";
import { canonicalJson } from "#harness/record/identity.ts";
import { METRIC_IDS, METRICS, type Metric, type MetricId } from "#harness/record/metrics.ts";
import type { Measured } from "#harness/record/schema.ts";
import { RANKED_SEEDS } from "#harness/stats/summary.ts";
import { formatInterval } from "./format.ts";
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

/** What is set otherwise than by default: `rank=16 alpha=32`. */
export function configDifference(config: TableArm["config"], defaults: TableArm["defaults"]): string {
  if (defaults === null) return "";
  const keys = [...new Set([...Object.keys(config), ...Object.keys(defaults)])].sort();
  return keys
    .filter((key) => canonicalJson(config[key] ?? null) !== canonicalJson(defaults[key] ?? null))
    .map((key) => `${key}=${renderConfigValue(config[key])}`)
    .join(" ");
}

const renderConfigValue = (value: ConfigValue | undefined): string =>
  value === undefined
    ? "-"
    : Array.isArray(value)
      ? value.map(String).join(",")
      : typeof value === "object"
        ? canonicalJson(value)
        : String(value);

const valuesOf = (arm: TableArm, metric: MetricId): Measured[] =>
  arm.values.map((values) => values[metric]).filter((measured) => measured !== undefined);

function meanOf(arm: TableArm, metric: MetricId): number | null {
  const numbers = valuesOf(arm, metric).flatMap((measured) => ("value" in measured ? [measured.value] : []));
  return numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

function cell(arm: TableArm, id: MetricId, metric: Metric, interval: TableInput["interval"]): string {
  const measured = valuesOf(arm, id);
  const numbers = measured.flatMap((each) => ("value" in each ? [each.value] : []));
  const mean = meanOf(arm, id);
  if (mean === null) return measured.length === 0 ? "-" : "undefined";
  // Counts and formulas do not vary over seeds: an interval of width zero says nothing.
  const varies = numbers.some((value) => value !== numbers[0]);
  const shown = formatInterval(mean, varies ? interval(numbers) : null, metric.unit);
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
