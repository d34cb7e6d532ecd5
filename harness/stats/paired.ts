// Two methods on the same seeds and the same test items: the interval of their difference by the paired bootstrap.
import type { Stream } from "#harness/random/stream.ts";
import { type Bounds, equallyLikely, percentileBounds } from "./bootstrap.ts";
import { mean } from "./summary.ts";

const RESAMPLES = 2000;

/** Score of each item by run: `scores[seed][item]`, 1 for right and 0 for wrong, or a loss. Equal seeds in equal rows. */
export type ItemScores = readonly ArrayLike<number>[];

/** What is drawn anew: which spread the interval shows. */
export type Resampled = "items" | "seeds" | "both";

export interface PairedDifference extends Bounds {
  /** Mean of `a` less mean of `b`. */
  readonly difference: number;
  readonly seeds: number;
  readonly items: number;
}

function shape(a: ItemScores, b: ItemScores): { readonly seeds: number; readonly items: number } {
  const items = a[0]?.length ?? 0;
  if (a.length === 0 || a.length !== b.length)
    throw new Error(`${a.length} and ${b.length} runs are not pairs`);
  if (items === 0 || [...a, ...b].some((row) => row.length !== items))
    throw new Error("runs with unequal test items");
  return { seeds: a.length, items };
}

/** Differences by seed and item, [seeds][items]. */
function differences(a: ItemScores, b: ItemScores, items: number): Float64Array[] {
  return a.map((row, s) =>
    Float64Array.from(
      { length: items },
      (_, i) => (row[i] as number) - ((b[s] as ArrayLike<number>)[i] as number),
    ),
  );
}

/** Mean over seeds of each item. */
function itemMeans(rows: readonly Float64Array[], items: number): Float64Array {
  const means = new Float64Array(items);
  for (const row of rows) {
    for (let i = 0; i < items; i++) means[i] = (means[i] as number) + (row[i] as number) / rows.length;
  }
  return means;
}

/**
 * 95 % percentile interval of the mean difference of paired runs.
 *
 * Estimand by what is resampled. `items`: the difference of these very trained models on new test items. `seeds`: the
 * difference of the methods over new seeds on these items. `both`: over new seeds and new items. With few seeds the
 * percentile interval over seeds is too narrow (see `interval`), and a rank never rests on it alone.
 */
export function pairedBootstrap(
  a: ItemScores,
  b: ItemScores,
  over: Resampled,
  random: Stream,
): PairedDifference {
  const { seeds, items } = shape(a, b);
  const rows = differences(a, b, items);
  const overItems = itemMeans(rows, items);
  const seedMeans = rows.map((row) => mean([...row]));
  const drawItems = (values: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < items; i++) sum += values[random.integer(items)] as number;
    return sum / items;
  };
  const draws: Readonly<Record<Resampled, () => number>> = {
    items: () => drawItems(overItems),
    seeds: () => mean(seedMeans.map(() => seedMeans[random.integer(seeds)] as number)),
    both: () =>
      drawItems(
        itemMeans(
          rows.map(() => rows[random.integer(seeds)] as Float64Array),
          items,
        ),
      ),
  };
  const distribution = equallyLikely(Float64Array.from({ length: RESAMPLES }, draws[over]));
  return { difference: mean(seedMeans), ...percentileBounds(distribution), seeds, items };
}
