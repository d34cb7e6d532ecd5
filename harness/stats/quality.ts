// Quality from the scores of a model with one score a class: the step from scores to classes, and accuracy.
// Everything here looks at one run's test items; how runs differ is spread.ts's matter.
import type { Measured } from "#harness/record/schema.ts";

/** Class of each row of `scores` (row-major, [items, classes]): its highest score, the lower index on ties. */
export function predictedClasses(scores: Float32Array, classes: number): Int32Array {
  const items = scores.length / classes;
  if (!Number.isInteger(items)) throw new Error(`${scores.length} scores are no whole rows of ${classes}`);
  const predicted = new Int32Array(items);
  for (let item = 0; item < items; item++) {
    let best = 0;
    let highest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) {
      const score = scores[item * classes + k] as number;
      if (score > highest) [best, highest] = [k, score];
    }
    predicted[item] = best;
  }
  return predicted;
}

/** Two columns must speak of the same items; anything else is a defect of the caller. */
export function sameItems(a: { readonly length: number }, b: { readonly length: number }): number {
  if (a.length !== b.length) throw new Error(`${a.length} predictions for ${b.length} targets`);
  return a.length;
}

export const NO_ITEMS: Measured = { undefined: "no items" };
export const ONE_CLASS: Measured = { undefined: "one class" };
export const NOT_FINITE: Measured = { undefined: "a score is not finite" };

/**
 * Share of items whose highest score is the true class. Estimand: the probability of a right answer on a new item of the
 * test split's distribution. `scores` row-major [items, classes], `targets` class ids [items].
 */
export function accuracy(
  scores: Float32Array,
  targets: Int32Array | Float32Array,
  classes: number,
): Measured {
  const predicted = predictedClasses(scores, classes);
  const items = sameItems(predicted, targets);
  if (items === 0) return NO_ITEMS;
  if (scores.some((score) => !Number.isFinite(score))) return NOT_FINITE;
  let right = 0;
  for (let item = 0; item < items; item++) if (predicted[item] === targets[item]) right++;
  return { value: right / items };
}
