// Quality of predicted classes beyond accuracy. A value that the data leave open is undefined with a reason, never 0 or 1.
import type { Measured } from "#harness/record/schema.ts";
import { NO_ITEMS, ONE_CLASS, sameItems } from "./quality.ts";

/**
 * F1 of class 1: 2 TP / (2 TP + FP + FN). Estimand: harmonic mean of precision and recall of the positive class on new
 * items. It ignores true negatives and changes when the classes are swapped. `predicted` and `targets` hold 0 and 1.
 */
export function f1(predicted: ArrayLike<number>, targets: ArrayLike<number>): Measured {
  const items = sameItems(predicted, targets);
  if (items === 0) return NO_ITEMS;
  let hits = 0;
  let misses = 0;
  for (let item = 0; item < items; item++) {
    const [says, is] = [predicted[item] === 1, targets[item] === 1];
    if (says && is) hits++;
    else if (says !== is) misses++;
  }
  return hits + misses === 0
    ? { undefined: "no positive items" }
    : { value: (2 * hits) / (2 * hits + misses) };
}

/** Items of each (true, predicted) pair of classes, and of each class on either side. */
function confusion(predicted: ArrayLike<number>, targets: ArrayLike<number>) {
  const truth = new Map<number, number>();
  const guess = new Map<number, number>();
  let right = 0;
  const add = (counts: Map<number, number>, key: number) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (let item = 0; item < targets.length; item++) {
    const is = targets[item] as number;
    const says = predicted[item] as number;
    add(truth, is);
    add(guess, says);
    if (is === says) right++;
  }
  return { truth, guess, right };
}

/**
 * Matthews correlation of true and predicted class (for more than two classes Gorodkin's R_K, Comput. Biol. Chem. 28
 * (2004) 367). Where only one side varies it is 0, the limit of the formula; where neither does there is no limit and the
 * value is undefined. Estimand: the correlation on new items; it depends on how frequent the classes are.
 */
export function matthews(predicted: ArrayLike<number>, targets: ArrayLike<number>): Measured {
  const items = sameItems(predicted, targets);
  if (items === 0) return NO_ITEMS;
  const { truth, guess, right } = confusion(predicted, targets);
  if (truth.size === 1 && guess.size === 1) return ONE_CLASS;
  if (truth.size === 1 || guess.size === 1) return { value: 0 };
  let both = 0;
  let truthSquares = 0;
  let guessSquares = 0;
  for (const [key, count] of truth) {
    both += count * (guess.get(key) ?? 0);
    truthSquares += count * count;
  }
  for (const count of guess.values()) guessSquares += count * count;
  const total = items * items;
  const value = (right * items - both) / Math.sqrt((total - truthSquares) * (total - guessSquares));
  return { value: Math.min(1, Math.max(-1, value)) };
}
