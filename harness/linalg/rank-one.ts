// The inverse of a symmetric positive definite matrix that gains a rank-one part (Sherman and Morrison 1950): O(n^2), where
// inverting anew takes O(n^3).
import type { Matrix } from "./matrix.ts";

/**
 * The inverse of `keep` C + `gain` v v^T from `inverse` = C^-1 [n, n], symmetric; keep > 0, gain >= 0, v of n numbers. The
 * result is symmetric to the bit.
 */
export function rankOneInverse(
  inverse: Matrix,
  v: ArrayLike<number>,
  { keep, gain }: { readonly keep: number; readonly gain: number },
): Matrix {
  const n = inverse.rows;
  if (inverse.cols !== n || v.length !== n)
    throw new RangeError(`an inverse of ${inverse.rows} x ${inverse.cols} and a vector of ${v.length}`);
  const w = new Float64Array(n);
  let along = 0;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += (inverse.data[i * n + j] as number) * (v[j] as number);
    w[i] = sum;
    along += sum * (v[i] as number);
  }
  const factor = gain / keep ** 2 / (1 + (gain / keep) * along);
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const value = (inverse.data[i * n + j] as number) / keep - factor * (w[i] as number) * (w[j] as number);
      data[i * n + j] = value;
      data[j * n + i] = value;
    }
  return { rows: n, cols: n, data };
}
