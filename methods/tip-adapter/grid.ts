// Choosing alpha and beta of Tip-Adapter on validation pictures, by the official grid. Pure numbers.

/** Validation pictures against the cache and the texts. */
export interface GridInput {
  /** Likeness of each picture to each key, [items, keys]: products of unit features. */
  readonly likeness: Float32Array;
  /** Scores by the texts alone, [items, outputs]. */
  readonly scores: Float32Array;
  readonly targets: ArrayLike<number>;
  /** Classes of the keys, [keys]. */
  readonly classes: ArrayLike<number>;
  readonly outputs: number;
}

export interface Choice {
  readonly alpha: number;
  readonly beta: number;
  readonly accuracy: number;
}

/** Official code: `count` values from 0.1 up to, not including, `top`. */
const values = (top: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => 0.1 + (at * (top - 0.1)) / count);

export const BETAS = values(12, 200);
export const ALPHAS = values(5, 20);

/** Votes of the cache for each class, [items, outputs]: exp(-beta (1 - likeness)) summed over the keys of a class. */
function votesOf({ likeness, classes, outputs, targets }: GridInput, beta: number): Float64Array {
  const items = targets.length;
  const keys = classes.length;
  const votes = new Float64Array(items * outputs);
  for (let item = 0; item < items; item++) {
    for (let key = 0; key < keys; key++) {
      const at = item * outputs + (classes[key] as number);
      votes[at] = (votes[at] as number) + Math.exp(beta * ((likeness[item * keys + key] as number) - 1));
    }
  }
  return votes;
}

/** Right answers and mean loss of scores + alpha votes. */
function judge({ scores, targets, outputs }: GridInput, votes: Float64Array, alpha: number) {
  let right = 0;
  let loss = 0;
  for (let item = 0; item < targets.length; item++) {
    let best = 0;
    let highest = Number.NEGATIVE_INFINITY;
    const row = Float64Array.from({ length: outputs }, (_, k) => {
      const at = item * outputs + k;
      return (scores[at] as number) + alpha * (votes[at] as number);
    });
    for (const [k, score] of row.entries()) if (score > highest) [best, highest] = [k, score];
    if (best === targets[item]) right++;
    const total = row.reduce((sum, score) => sum + Math.exp(score - highest), 0);
    loss += Math.log(total) + highest - (row[targets[item] as number] as number);
  }
  return { accuracy: right / targets.length, loss: loss / targets.length };
}

/**
 * The pair of highest accuracy; among equals, of which a few dozen validation pictures leave many, that of least loss
 * (the official code takes the first it meets).
 */
export function chooseWeights(input: GridInput): Choice {
  let chosen: (Choice & { readonly loss: number }) | null = null;
  for (const beta of BETAS) {
    const votes = votesOf(input, beta);
    for (const alpha of ALPHAS) {
      const { accuracy, loss } = judge(input, votes, alpha);
      const better =
        chosen === null || accuracy > chosen.accuracy || (accuracy === chosen.accuracy && loss < chosen.loss);
      if (better) chosen = { alpha, beta, accuracy, loss };
    }
  }
  if (chosen === null) throw new Error("an empty grid");
  return { alpha: chosen.alpha, beta: chosen.beta, accuracy: chosen.accuracy };
}
