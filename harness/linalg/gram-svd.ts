// Leading singular triplets by the eigenvectors of the smaller Gram matrix: a third of the work of svd.ts and no iteration
// over the rank, at the price of the small singular values, which squaring loses. truncated-svd.ts decides when it may.
import { symmetricEigen } from "./eigen.ts";
import { columnSlice, type Matrix, scaleRows, transpose } from "./matrix.ts";
import { multiplyAtB, rowGram } from "./multiply.ts";
import { descending, orderColumns } from "./signs.ts";

/**
 * Least sigma_r / sigma_1 that is taken: rounding of A A^T turns the vectors of sigma_i by up to (sigma_1 / sigma_i)^2
 * roundings, here 1e-8, which is below what single precision shows.
 */
const LEAST_RATIO = 1e-4;

export interface GramTriplets {
  /** [p, rank] */
  readonly u: Matrix;
  readonly s: Float64Array;
  /** [q, rank] */
  readonly v: Matrix;
}

/**
 * A [p, q], p <= q, entries of order 1: its `rank` <= p leading triplets, signs not yet fixed. The product u diag(s) v^T is
 * u u^T A to rounding. Undefined where the last wanted singular value is below 1e-4 of the first.
 */
export function gramTriplets(a: Matrix, rank: number): GramTriplets | undefined {
  const { values, vectors } = symmetricEigen(rowGram(a));
  const [first, last] = [values[0] ?? 0, values[rank - 1] ?? 0];
  if (!(last >= LEAST_RATIO ** 2 * first) || first === 0) return undefined;
  const u = columnSlice(vectors, 0, rank);
  const rows = multiplyAtB(u, a);
  // Lengths of the rows themselves: the roots of the eigenvalues carry the rounding of the squares.
  const s = Float64Array.from({ length: rank }, (_, i) =>
    Math.sqrt(rows.data.subarray(i * a.cols, (i + 1) * a.cols).reduce((sum, x) => sum + x * x, 0)),
  );
  const v = transpose(
    scaleRows(
      rows,
      s.map((size) => 1 / size),
    ),
  );
  const order = descending(s);
  return { u: orderColumns(u, order), s: s.sort().reverse(), v: orderColumns(v, order) };
}
