// The sides of a comparison and what can be said of them: differences of quality with their intervals, ratios of costs,
// settings that differ. Pure.
import { pairedInterval } from "#harness/stats/paired-interval.ts";
import { RANKED_SEEDS } from "#harness/stats/summary.ts";
import type { BoardData, MetricData, RowData, ValueData } from "../lib/board-data.ts";
import { settingText } from "../lib/setting-text.ts";
import { itemDifference } from "./item-difference.ts";
import { qualityOn, type Scored } from "./predictions.ts";

export interface Side {
  readonly id: string;
  readonly name: string;
  readonly method: string;
  /** Settings and, for runs, what else makes their identity. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly values: Readonly<Record<string, ValueData>>;
  /** Qualities by seed; empty for a single run. */
  readonly bySeed: Readonly<Record<string, ReadonlyMap<number, number>>>;
  readonly runs: readonly { readonly id: string; readonly seed: number }[];
  /** Predictions of a single run; null for rows of a board and for runs without a result. */
  readonly scored: Scored | null;
}

const prefixed = (config: RowData["config"]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(config).map(([key, value]) => [`config.${key}`, value]));

/** A row of a board as a side. */
export const rowSide = (row: RowData): Side => ({
  id: row.id,
  name: row.label,
  method: row.method,
  fields: { method: row.method, ...prefixed(row.config) },
  values: row.values,
  bySeed: Object.fromEntries(
    Object.entries(row.seeds).map(([metric, values]) => [
      metric,
      new Map(
        row.runs.flatMap(({ seed }, i): [number, number][] => {
          const value = values[i] ?? null;
          return value === null ? [] : [[seed, value]];
        }),
      ),
    ]),
  ),
  runs: row.runs,
  scored: null,
});

export interface QualityDifference {
  /** Other less first; null where one has no value. */
  readonly difference: number | null;
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** What the interval is over, or why there is none. */
  readonly over: string;
  /** The better side, only where the interval leaves zero out. */
  readonly better: "first" | "other" | null;
}

type Spread = Pick<QualityDifference, "interval" | "over">;

function overSeeds(first: Side, other: Side, metric: string): Spread {
  const [a, b] = [first.bySeed[metric], other.bySeed[metric]];
  const differences = [...(b ?? [])].flatMap(([seed, value]) => {
    const reference = a?.get(seed);
    return reference === undefined ? [] : [value - reference];
  });
  const shared = differences.length;
  const found = shared < RANKED_SEEDS ? null : pairedInterval(differences);
  return found === null
    ? { interval: null, over: `${shared} shared seeds; an interval takes ${RANKED_SEEDS}` }
    : { interval: found, over: `${shared} shared seeds, paired differences, Student's t` };
}

function sameTargets(a: Scored, b: Scored): boolean {
  return a.targets.length === b.targets.length && a.targets.every((value, i) => value === b.targets[i]);
}

function overItems(a: Scored, b: Scored, metric: string): Spread {
  if (!sameTargets(a, b)) return { interval: null, over: "the runs have other test items" };
  const found = itemDifference(a.items, (kept) => {
    const [x, y] = [qualityOn(a, metric, kept), qualityOn(b, metric, kept)];
    return x === null || y === null ? null : y - x;
  });
  return found === null
    ? { interval: null, over: "the metric has no value without some of the items" }
    : { interval: found, over: `${a.items} test items, jackknife over ${found.groups} groups` };
}

/** `other` less `first` in one quality. */
export function qualityDifference(first: Side, other: Side, metric: MetricData): QualityDifference {
  const [a, b] = [first.values[metric.id]?.[0], other.values[metric.id]?.[0]];
  if (a === undefined || b === undefined)
    return { difference: null, interval: null, over: "one has no value", better: null };
  const spread =
    first.scored !== null && other.scored !== null
      ? overItems(first.scored, other.scored, metric.id)
      : overSeeds(first, other, metric.id);
  const { interval } = spread;
  const apart = interval !== null && (interval.low > 0 || interval.high < 0);
  const higher = metric.direction === "higher";
  const better = !apart ? null : interval.low > 0 === higher ? "other" : "first";
  const bounds = interval === null ? null : { low: interval.low, high: interval.high };
  return { difference: b - a, interval: bounds, over: spread.over, better };
}

export interface FieldDifference {
  readonly field: string;
  readonly values: readonly string[];
}

/** Fields in which the sides differ, and how many they share. */
export function fieldDifferences(sides: readonly Side[]): {
  readonly differing: readonly FieldDifference[];
  readonly equal: number;
} {
  const names = [...new Set(sides.flatMap(({ fields }) => Object.keys(fields)))].sort();
  const all = names.map((field) => ({
    field,
    values: sides.map(({ fields }) => settingText(fields[field])),
  }));
  const differing = all.filter(({ values }) => values.some((value) => value !== values[0]));
  return { differing, equal: all.length - differing.length };
}

/** `other` over `first` in a cost; null where one has none or the first is zero. */
export function costRatio(first: Side, other: Side, metric: string): number | null {
  const [a, b] = [first.values[metric]?.[0], other.values[metric]?.[0]];
  return a === undefined || b === undefined || a === 0 ? null : b / a;
}

/** Sides of the rows asked for, in that order. */
export const sidesOf = (board: BoardData, rows: readonly string[]): Side[] =>
  rows.flatMap((id) => {
    const row = board.rows.find((each) => each.id === id);
    return row === undefined ? [] : [rowSide(row)];
  });
