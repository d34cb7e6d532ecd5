// The mean of paired differences with Student's interval: what a claim about two methods rests on.
import { tQuantile } from "./distributions.ts";
import { type Interval, mean, sampleSd } from "./summary.ts";

/**
 * 95 % interval of the mean difference over seeds, mean +- t sd / sqrt(n). Null for fewer than two. Assumes normal
 * differences, at the price of which it covers what it should also at three seeds, where every resampling is too narrow.
 */
export function pairedInterval(differences: readonly number[]): Interval | null {
  const sd = sampleSd(differences);
  if (sd === null) return null;
  const n = differences.length;
  const center = mean(differences);
  const half = (tQuantile(0.05, n - 1) * sd) / Math.sqrt(n);
  return { mean: center, low: center - half, high: center + half, n };
}
