// A few values of one quantity (one a seed) in the numbers that tables print: mean, spread, interval of the mean.
import { stream } from "#harness/random/stream.ts";
import { bootstrapDistribution, expandedBounds } from "./bootstrap.ts";

/** Arithmetic mean; `values` must not be empty. */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new Error("mean of no values");
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation of the sample (divisor n - 1); null for fewer than two values. */
export function sampleSd(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const center = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1));
}

/** Linear between order statistics (numpy's default); `values` not empty, `share` in [0, 1]. */
export function percentileOf(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  if (low === undefined || high === undefined) throw new Error("percentile of no values");
  return low + (high - low) * (at - Math.floor(at));
}

/** Mean of `n` values with its 95 % interval. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** Fewer values than this make a row provisional. */
export const RANKED_SEEDS = 3;

/**
 * 95 % bootstrap interval of the mean over seeds (expanded percentile; exact up to 8 values). Null for one value: its
 * spread is not known.
 *
 * Estimand: the mean over all seeds of this one configuration on this one test split. It says nothing about other test
 * items. Limits: no resampling can leave the range of the values, so for normal values the interval covers the mean in
 * 75 % of cases at n = 3, in about 92 % at n = 5 and in 94 % at n = 10 (intervals.conformance.ts prints what it measures).
 */
export function interval(values: readonly number[]): Interval | null {
  const n = values.length;
  if (n < 2) return null;
  const center = mean(values);
  if (values.every((value) => value === values[0])) return { mean: center, low: center, high: center, n };
  const distribution = bootstrapDistribution(values, mean, stream(0, "interval"));
  return { mean: center, ...expandedBounds(distribution, n), n };
}
