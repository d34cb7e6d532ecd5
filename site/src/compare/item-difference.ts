// Two trained models on the same test items: the interval of their difference in any metric, by a jackknife over groups of
// items. It draws no random number, and metrics that are no means over items (AUC, F1, correlations) are computed anew
// without each group in turn.
import { tQuantile } from "#harness/stats/distributions.ts";

const GROUPS = 50;

export interface ItemDifference {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly groups: number;
}

/**
 * 95 % interval of `difference` over test items: estimate +- t sqrt((G - 1) / G sum (d_g - mean d)^2), where d_g is the
 * difference without the items of group g (item i is in group i mod G). Estimand: the difference of these very models on
 * new items; it says nothing of other seeds. Null where the difference has no value, with or without a group.
 */
export function itemDifference(
  items: number,
  difference: (kept: Int32Array) => number | null,
): ItemDifference | null {
  const groups = Math.min(GROUPS, items);
  const all = Int32Array.from({ length: items }, (_, i) => i);
  const whole = difference(all);
  if (whole === null || groups < 2) return null;
  const without: number[] = [];
  for (let group = 0; group < groups; group++) {
    const value = difference(all.filter((item) => item % groups !== group));
    if (value === null) return null;
    without.push(value);
  }
  const center = without.reduce((sum, value) => sum + value, 0) / groups;
  const squares = without.reduce((sum, value) => sum + (value - center) ** 2, 0);
  const half = tQuantile(0.05, groups - 1) * Math.sqrt(((groups - 1) / groups) * squares);
  return { difference: whole, low: whole - half, high: whole + half, groups };
}
