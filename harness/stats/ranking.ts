// Quality of scores by their order or their linear relation to the truth: AUC, Pearson, Spearman. Ties count as ties.
import type { Measured } from "#harness/record/schema.ts";
import { NO_ITEMS, NOT_FINITE, ONE_CLASS, sameItems } from "./quality.ts";

function allFinite(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}

/** Ranks from 1, equal values at the mean of the ranks that they take up. */
export function midranks(values: ArrayLike<number>): Float64Array {
  const n = values.length;
  const at = (i: number): number => values[i] as number;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => at(a) - at(b));
  const ranks = new Float64Array(n);
  for (let start = 0; start < n; ) {
    let end = start + 1;
    while (end < n && at(order[end] as number) === at(order[start] as number)) end++;
    for (let i = start; i < end; i++) ranks[order[i] as number] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/**
 * Area under the ROC curve by midranks (Mann-Whitney): the probability that a new positive item scores above a new
 * negative one, ties half. `scores` of class 1, `labels` 0 and 1. It says nothing about calibration.
 */
export function auc(scores: ArrayLike<number>, labels: ArrayLike<number>): Measured {
  const items = sameItems(scores, labels);
  if (items === 0) return NO_ITEMS;
  if (!allFinite(scores)) return NOT_FINITE;
  const ranks = midranks(scores);
  let positives = 0;
  let rankSum = 0;
  for (let item = 0; item < items; item++) {
    if (labels[item] !== 1) continue;
    positives++;
    rankSum += ranks[item] as number;
  }
  const negatives = items - positives;
  if (positives === 0 || negatives === 0) return ONE_CLASS;
  return { value: (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives) };
}

/** Sum of squares about the mean, and the deviations. */
function centered(values: ArrayLike<number>): {
  readonly deviations: Float64Array;
  readonly squares: number;
} {
  const n = values.length;
  const first = values[0] as number;
  // Shifted by the first value: a constant column gives exact zeros whatever it is.
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (values[i] as number) - first;
  const deviations = new Float64Array(n);
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const deviation = (values[i] as number) - first - sum / n;
    deviations[i] = deviation;
    squares += deviation * deviation;
  }
  return { deviations, squares };
}

/**
 * Pearson correlation of predicted and true values. Estimand: the linear correlation on new items; one outlier can carry
 * it.
 */
export function pearson(predicted: ArrayLike<number>, targets: ArrayLike<number>): Measured {
  const items = sameItems(predicted, targets);
  if (items === 0) return NO_ITEMS;
  if (!allFinite(predicted)) return NOT_FINITE;
  const x = centered(predicted);
  const y = centered(targets);
  if (x.squares === 0) return { undefined: "constant predictions" };
  if (y.squares === 0) return { undefined: "constant targets" };
  let products = 0;
  for (let i = 0; i < items; i++) products += (x.deviations[i] as number) * (y.deviations[i] as number);
  const value = products / (Math.sqrt(x.squares) * Math.sqrt(y.squares));
  return { value: Math.min(1, Math.max(-1, value)) };
}

/**
 * Spearman correlation: Pearson on midranks, which is exact with ties (the shortcut 1 - 6 sum d^2 / (n^3 - n) is not).
 * Estimand: how well order is predicted; distances do not count.
 */
export function spearman(predicted: ArrayLike<number>, targets: ArrayLike<number>): Measured {
  sameItems(predicted, targets);
  return allFinite(predicted) ? pearson(midranks(predicted), midranks(targets)) : NOT_FINITE;
}
