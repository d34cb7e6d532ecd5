// A share of test items with its interval: how sure one run's accuracy is for this number of items.

import type { Bounds } from "./bootstrap.ts";
import { normalQuantile } from "./distributions.ts";

/**
 * Wilson's score interval of a share of `count` hits among `items`. Estimand: the rate of hits on new items, for one run.
 * Unlike the bootstrap it has a width at 0 and 1, where every resample gives the same share. It knows nothing of seeds.
 */
export function wilson(count: number, items: number, outside = 0.05): Bounds {
  if (!(items > 0 && count >= 0 && count <= items)) throw new Error(`${count} of ${items} items is no share`);
  const z = normalQuantile(1 - outside / 2);
  const share = count / items;
  const center = share + (z * z) / (2 * items);
  const half = z * Math.sqrt((share * (1 - share)) / items + (z * z) / (4 * items * items));
  const scale = 1 + (z * z) / items;
  return { low: Math.max(0, (center - half) / scale), high: Math.min(1, (center + half) / scale) };
}
