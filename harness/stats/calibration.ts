// Quality of probabilities: log loss with a stated clip, calibration error with stated bins, and the probabilities of
// logits that both need.
import type { Measured } from "#harness/record/schema.ts";
import { NO_ITEMS, NOT_FINITE, predictedClasses, sameItems } from "./quality.ts";

/** Probabilities are kept this far from 0 and 1 before their logarithm is taken: a sure error costs 16.1 nats, not all. */
export const CLIP = 1e-7;

/** Bins of confidence in the catalogue's calibration error (Guo et al., ICML 2017). */
export const BINS = 15;

/** Softmax of each row of `scores` (row-major [items, classes]) in double precision. */
export function probabilities(scores: Float32Array, classes: number): Float64Array {
  const out = new Float64Array(scores.length);
  for (let start = 0; start < scores.length; start += classes) {
    const row = scores.subarray(start, start + classes);
    const highest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    let sum = 0;
    row.forEach((score, k) => {
      const power = Math.exp(score - highest);
      out[start + k] = power;
      sum += power;
    });
    for (let k = 0; k < classes; k++) out[start + k] = (out[start + k] as number) / sum;
  }
  return out;
}

function allProbabilities(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!(value >= 0 && value <= 1)) return false;
  }
  return true;
}

/**
 * Mean of -ln p over items, where p is the probability given to what is true: `chances` of label 1 and `labels` 0 or 1.
 * Estimand: the expected loss on new items under the clip. Without the clip one sure error would make it infinite.
 */
export function logLoss(chances: ArrayLike<number>, labels: ArrayLike<number>): Measured {
  const items = sameItems(chances, labels);
  if (items === 0) return NO_ITEMS;
  if (!allProbabilities(chances)) return NOT_FINITE;
  let sum = 0;
  for (let item = 0; item < items; item++) {
    const chance = chances[item] as number;
    const given = labels[item] === 1 ? chance : 1 - chance;
    sum -= Math.log(Math.min(1 - CLIP, Math.max(CLIP, given)));
  }
  return { value: sum / items };
}

/** Log loss of logits (row-major [items, classes]) against class ids. */
export function logLossOfLogits(
  scores: Float32Array,
  targets: Int32Array | Float32Array,
  classes: number,
): Measured {
  const chances = probabilities(scores, classes);
  const ofTruth = Float64Array.from(
    targets,
    (target, item) => chances[item * classes + target] ?? Number.NaN,
  );
  return logLoss(ofTruth, new Uint8Array(targets.length).fill(1));
}

/**
 * Expected calibration error: items are put into `bins` equal bins of confidence, and the distances of mean confidence and
 * share of right answers in each are averaged, weighted by its items. A bin holds its upper border and not its lower one;
 * 0 is in the first bin and 1 in the last. Estimand: how far stated confidence is from the rate of right answers, as far as
 * the bins resolve it. It is biased upwards for few items and hides errors that cancel inside a bin.
 */
export function calibrationError(
  confidences: ArrayLike<number>,
  right: ArrayLike<number>,
  bins: number = BINS,
): Measured {
  const items = sameItems(confidences, right);
  if (items === 0) return NO_ITEMS;
  if (!allProbabilities(confidences)) return NOT_FINITE;
  const gaps = new Float64Array(bins);
  for (let item = 0; item < items; item++) {
    const confidence = confidences[item] as number;
    // The border itself decides, not a product: 0.7 * 10 is above 7 in binary.
    let bin = Math.min(bins - 1, Math.floor(confidence * bins));
    while (bin > 0 && confidence <= bin / bins) bin--;
    while (bin < bins - 1 && confidence > (bin + 1) / bins) bin++;
    gaps[bin] = (gaps[bin] as number) + confidence - (right[item] as number);
  }
  return { value: gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / items };
}

/** Calibration error of logits (row-major [items, classes]): confidence is the highest probability, right is the argmax. */
export function calibrationOfLogits(
  scores: Float32Array,
  targets: Int32Array | Float32Array,
  classes: number,
  bins: number = BINS,
): Measured {
  const chances = probabilities(scores, classes);
  const predicted = predictedClasses(scores, classes);
  sameItems(predicted, targets);
  const confidences = Float64Array.from(predicted, (k, item) => chances[item * classes + k] ?? Number.NaN);
  const right = Uint8Array.from(predicted, (k, item) => (k === targets[item] ? 1 : 0));
  return calibrationError(confidences, right, bins);
}
