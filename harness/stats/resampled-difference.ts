// Two trained models on the same test items: the interval of the difference of any metric under resampling of the items.
// For metrics that are no means over items (AUC, F1, correlations) as well, so the metric is computed anew on each draw.

import type { Stream } from "#harness/random/stream.ts";
import { type Bounds, equallyLikely, percentileBounds } from "./bootstrap.ts";

/** Draws for so many items at most; more items get fewer draws, never below `LEAST`. */
const DRAWS = 2000;
const LEAST = 300;
const ITEMS_IN_ALL = 4_000_000;

export interface ResampledDifference extends Bounds {
  readonly draws: number;
  /** Draws on which the metric has no value (one class drawn); they are left out. */
  readonly undefinedDraws: number;
}

/**
 * 95 % percentile interval of `difference` over test items drawn with replacement, the same items for both models.
 * Estimand: the difference of these very models on new items of the split's distribution; it says nothing about other
 * seeds. Null where more than one draw in twenty has no value.
 */
export function resampledDifference(
  items: number,
  difference: (drawn: Int32Array) => number | null,
  random: Stream,
): ResampledDifference | null {
  if (items === 0) return null;
  const draws = Math.max(LEAST, Math.min(DRAWS, Math.floor(ITEMS_IN_ALL / items)));
  const drawn = new Int32Array(items);
  const found: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    for (let i = 0; i < items; i++) drawn[i] = random.integer(items);
    const value = difference(drawn);
    if (value !== null) found.push(value);
  }
  const undefinedDraws = draws - found.length;
  if (undefinedDraws > draws / 20) return null;
  return { ...percentileBounds(equallyLikely(found)), draws, undefinedDraws };
}
