// The bootstrap over a handful of values (seeds): distribution of a statistic under resampling, and intervals from it.
// Small samples are enumerated and so exact; larger ones are drawn from a stream.
import type { Stream } from "#harness/random/stream.ts";
import { logGamma, normalCdf, normalQuantile, tQuantile } from "./distributions.ts";

/** Up to this many values all resamples are enumerated: 6,435 different ones for 8. */
const EXACT_UP_TO = 8;
export const RESAMPLES = 10_000;

export type Statistic = (values: readonly number[]) => number;

/** Values of a statistic in ascending order, each with the probability of all up to it. */
export interface Distribution {
  readonly values: Float64Array;
  readonly upTo: Float64Array;
}

function sortedDistribution(pairs: [value: number, weight: number][]): Distribution {
  pairs.sort((a, b) => a[0] - b[0]);
  const values = Float64Array.from(pairs, (pair) => pair[0]);
  let sum = 0;
  const upTo = Float64Array.from(pairs, (pair) => {
    sum += pair[1];
    return sum;
  });
  return { values, upTo };
}

/** Draws of one statistic, each as likely as the others. */
export function equallyLikely(draws: readonly number[] | Float64Array): Distribution {
  const values = Float64Array.from(draws).sort();
  return { values, upTo: values.map((_, i) => (i + 1) / values.length) };
}

/** All resamples of n values, by how often each value is drawn, with their probability n! / (n^n prod c_i!). */
function enumerate(values: readonly number[], statistic: Statistic): Distribution {
  const n = values.length;
  const logTotal = logGamma(n + 1) - n * Math.log(n);
  const pairs: [number, number][] = [];
  const drawn: number[] = [];
  const visit = (index: number, left: number, logWeight: number): void => {
    const value = values[index] as number;
    const last = index === n - 1;
    for (let count = last ? left : 0; count <= left; count++) {
      for (let i = 0; i < count; i++) drawn.push(value);
      const weight = logWeight - logGamma(count + 1);
      if (last) pairs.push([statistic(drawn), Math.exp(weight)]);
      else visit(index + 1, left - count, weight);
      drawn.length -= count;
    }
  };
  visit(0, n, logTotal);
  return sortedDistribution(pairs);
}

/** The statistic of `RESAMPLES` samples drawn with replacement, or of all possible ones where the values are few. */
export function bootstrapDistribution(
  values: readonly number[],
  statistic: Statistic,
  random: Stream,
): Distribution {
  const n = values.length;
  if (n === 0) throw new Error("bootstrap of no values");
  if (n <= EXACT_UP_TO) return enumerate(values, statistic);
  const drawn = new Array<number>(n).fill(0);
  const pairs = Array.from({ length: RESAMPLES }, (): [number, number] => {
    for (let i = 0; i < n; i++) drawn[i] = values[random.integer(n)] as number;
    return [statistic(drawn), 1 / RESAMPLES];
  });
  return sortedDistribution(pairs);
}

/** Sums of probabilities carry rounding errors of this size. */
const ROUNDING = 1e-12;

/** The smallest value that at least the share `p` of the distribution does not exceed. */
export function quantile(distribution: Distribution, p: number): number {
  const { values, upTo } = distribution;
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((upTo[middle] as number) >= p - ROUNDING) high = middle;
    else low = middle + 1;
  }
  return values[low] as number;
}

/** The largest value that at least the share `p` of the distribution reaches: the mirror image of `quantile`. */
function upperQuantile(distribution: Distribution, p: number): number {
  const { values, upTo } = distribution;
  let at = values.length - 1;
  while (at > 0 && 1 - (upTo[at - 1] as number) < p - ROUNDING) at--;
  return values[at] as number;
}

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Tail shares below the low and above the high end of a 95 % interval. */
interface Tails {
  readonly below: number;
  readonly above: number;
}

const boundsAt = (distribution: Distribution, tails: Tails): Bounds => ({
  low: quantile(distribution, tails.below),
  high: upperQuantile(distribution, tails.above),
});

/** Efron's percentile interval. Too narrow for few values: the bootstrap variance is (n-1)/n of the sample's. */
export const percentileBounds = (distribution: Distribution, outside = 0.05): Bounds =>
  boundsAt(distribution, { below: outside / 2, above: outside / 2 });

/**
 * Hesterberg's expanded percentile interval (The American Statistician 69 (2015) 371, section 5.3): the tails are those
 * that give Student's interval where the bootstrap distribution is normal. For the mean of n values.
 */
export function expandedBounds(distribution: Distribution, n: number, outside = 0.05): Bounds {
  const tail = normalCdf(-Math.sqrt(n / (n - 1)) * tQuantile(outside, n - 1));
  return boundsAt(distribution, { below: tail, above: tail });
}

/**
 * Efron's BCa interval (bias-corrected and accelerated; Efron and Tibshirani 1993, 14.3) of `statistic`. The distribution
 * must come from the same values. Equal values give a width of zero.
 */
export function bcaBounds(
  distribution: Distribution,
  values: readonly number[],
  statistic: Statistic,
  outside = 0.05,
): Bounds {
  const observed = statistic(values);
  const below = shareBelow(distribution, observed);
  const z0 = normalQuantile(below);
  if (!Number.isFinite(z0)) return percentileBounds(distribution, outside);
  const a = acceleration(values, statistic);
  const adjusted = (z: number): number => normalCdf(z0 + (z0 + z) / (1 - a * (z0 + z)));
  const z = normalQuantile(outside / 2);
  return boundsAt(distribution, { below: adjusted(z), above: 1 - adjusted(-z) });
}

/** Share of the distribution below `at`, half of what equals it counted. */
function shareBelow({ values, upTo }: Distribution, at: number): number {
  const scale = Math.abs(at) * 1e-12;
  let less = 0;
  let upToEqual = 0;
  values.forEach((value, i) => {
    if (value < at - scale) less = upTo[i] as number;
    if (value <= at + scale) upToEqual = upTo[i] as number;
  });
  return (less + upToEqual) / 2;
}

/** Acceleration from the jackknife: sum d^3 / (6 (sum d^2)^1.5). */
function acceleration(values: readonly number[], statistic: Statistic): number {
  const left = values.map((_, out) => statistic(values.filter((_value, i) => i !== out)));
  const center = left.reduce((sum, value) => sum + value, 0) / left.length;
  const squares = left.reduce((sum, value) => sum + (center - value) ** 2, 0);
  const cubes = left.reduce((sum, value) => sum + (center - value) ** 3, 0);
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}
