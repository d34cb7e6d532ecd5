// Tests of "no difference" between two sets of seeds, and the correction for asking many such questions at once.
// All p-values are two-sided.
import type { Stream } from "#harness/random/stream.ts";
import { twoSidedT } from "./distributions.ts";
import { mean, sampleSd } from "./summary.ts";

/** Up to so many arrangements are all looked at; beyond it `DRAWS` of them are drawn. */
const EXACT_ARRANGEMENTS = 20_000;
const DRAWS = 10_000;

/** Differences this much smaller than the data are the same but for rounding. */
const ROUNDING = 1e-12;

const sizeOf = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

function choose(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i;
  return Math.round(result);
}

/** Calls `use` with the sum of each choice of `k` of the values. */
function eachSum(values: readonly number[], k: number, use: (sum: number) => void): void {
  const visit = (from: number, left: number, sum: number): void => {
    if (left === 0) {
      use(sum);
      return;
    }
    for (let i = from; i <= values.length - left; i++) visit(i + 1, left - 1, sum + (values[i] as number));
  };
  visit(0, k, 0);
}

/**
 * Permutation test of equal means of two independent samples: share of the ways to split all values into two groups of
 * these sizes whose means differ at least as much as observed. Exact for small samples, so it can be no smaller than
 * 2 / C(n + m, n): 0.1 for 3 and 3 seeds, 0.008 for 5 and 5. Null hypothesis: both come from one distribution.
 */
export function permutationTest(a: readonly number[], b: readonly number[], random: Stream): number {
  const [n, m] = [a.length, b.length];
  if (n === 0 || m === 0) throw new Error("permutation test of an empty sample");
  const all = [...a, ...b];
  const total = all.reduce((sum, value) => sum + value, 0);
  const distance = (sumA: number): number => Math.abs(sumA / n - (total - sumA) / m);
  const observed = distance(a.reduce((sum, value) => sum + value, 0)) - ROUNDING * sizeOf(all);
  let extreme = 0;
  if (choose(n + m, n) <= EXACT_ARRANGEMENTS) {
    let arrangements = 0;
    eachSum(all, n, (sum) => {
      arrangements++;
      if (distance(sum) >= observed) extreme++;
    });
    return extreme / arrangements;
  }
  for (let draw = 0; draw < DRAWS; draw++) {
    const order = random.permutation(n + m);
    let sum = 0;
    for (let i = 0; i < n; i++) sum += all[order[i] as number] as number;
    if (distance(sum) >= observed) extreme++;
  }
  // The observed arrangement is one of them, so that the p-value is never 0.
  return (extreme + 1) / (DRAWS + 1);
}

/**
 * Permutation test on paired differences: share of the ways to choose their signs whose sum is at least as far from 0.
 * No smaller than 2 / 2^n: 0.25 for 3 pairs, 0.0625 for 5. Null hypothesis: differences are symmetric about 0.
 */
export function signFlipTest(differences: readonly number[], random: Stream): number {
  const n = differences.length;
  if (n === 0) throw new Error("sign test of no differences");
  const observed =
    Math.abs(differences.reduce((sum, value) => sum + value, 0)) - ROUNDING * n * sizeOf(differences);
  let extreme = 0;
  if (2 ** n <= EXACT_ARRANGEMENTS) {
    for (let signs = 0; signs < 2 ** n; signs++) {
      const sum = differences.reduce((acc, value, i) => acc + ((signs >> i) & 1 ? value : -value), 0);
      if (Math.abs(sum) >= observed) extreme++;
    }
    return extreme / 2 ** n;
  }
  for (let draw = 0; draw < DRAWS; draw++) {
    const sum = differences.reduce((acc, value) => acc + (random.uniform() < 0.5 ? value : -value), 0);
    if (Math.abs(sum) >= observed) extreme++;
  }
  return (extreme + 1) / (DRAWS + 1);
}

/** p-value of Student's t for a mean and its standard error; a spread of zero decides by the mean alone. */
function pOfT(difference: number, standardError: number, freedom: number): number {
  if (standardError === 0) return difference === 0 ? 1 : 0;
  return twoSidedT(difference / standardError, freedom);
}

/**
 * Student's t test that paired differences have mean 0. Can reach any p-value at any n, at the price of assuming normal
 * differences. Null for fewer than two.
 */
export function pairedT(differences: readonly number[]): number | null {
  const sd = sampleSd(differences);
  if (sd === null) return null;
  const n = differences.length;
  return pOfT(mean(differences), sd <= ROUNDING * sizeOf(differences) ? 0 : sd / Math.sqrt(n), n - 1);
}

/** Welch's t test of equal means of two independent normal samples of unequal spread. Null when one has fewer than two. */
export function welchT(a: readonly number[], b: readonly number[]): number | null {
  const [sdA, sdB] = [sampleSd(a), sampleSd(b)];
  if (sdA === null || sdB === null) return null;
  const [va, vb] = [sdA ** 2 / a.length, sdB ** 2 / b.length];
  const freedom = va + vb === 0 ? 1 : (va + vb) ** 2 / (va ** 2 / (a.length - 1) + vb ** 2 / (b.length - 1));
  return pOfT(mean(a) - mean(b), Math.sqrt(va + vb), freedom);
}

/**
 * Holm's step-down correction (1979): p-values that may be compared with one level for the whole family; the chance of any
 * false rejection stays below it, however the tests depend on each other. In the order given.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((p, i) => ({ p, i })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let highest = 0;
  for (const [rank, { p, i }] of order.entries()) {
    highest = Math.max(highest, Math.min(1, p * (pValues.length - rank)));
    adjusted[i] = highest;
  }
  return adjusted;
}
