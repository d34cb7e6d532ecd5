// From a dense map to a product of two thin ones by a singular value decomposition, plain or weighted per row and column.
import {
  type Matrix,
  matrixFrom,
  scaleColumns,
  scaleRows,
  toFloat32,
  transpose,
} from "#harness/linalg/matrix.ts";
import { truncatedSvd } from "#harness/linalg/truncated-svd.ts";
import { FactoredLinear } from "#harness/nn/factored-linear.ts";
import type { Linear } from "#harness/nn/linear.ts";

/** Where the singular values go: all into A (`none`), or their roots into both factors (`sqrt`). */
export type Balance = "none" | "sqrt";

export interface FactoriseOptions {
  readonly rank: number;
  readonly balance: Balance;
  /** Square roots of row importances, [m], all positive; left out: plain. */
  readonly rows?: ArrayLike<number>;
  /** Square roots of column importances, [n], all positive. */
  readonly columns?: ArrayLike<number>;
}

export interface Factors {
  /** [m, r] */
  readonly a: Matrix;
  /** [r, n] */
  readonly b: Matrix;
}

const inverse = (values: ArrayLike<number>): Float64Array => Float64Array.from(values, (value) => 1 / value);

/**
 * The A B of rank r that minimises sum_ij rows_i^2 columns_j^2 (W - A B)_ij^2, exactly: the truncated SVD of
 * diag(rows) W diag(columns), with both scalings undone (FWSVD, equation 5, and its two-sided form).
 */
export function weightedFactors(weight: Matrix, { rank, balance, rows, columns }: FactoriseOptions): Factors {
  const left = rows === undefined ? weight : scaleRows(weight, rows);
  const weighted = columns === undefined ? left : scaleColumns(left, columns);
  const { u, s, v } = truncatedSvd(weighted, rank, { mode: "gram" });
  const roots = s.map(Math.sqrt);
  const a = scaleColumns(u, balance === "sqrt" ? roots : s);
  const vt = transpose(v);
  const b = balance === "sqrt" ? scaleRows(vt, roots) : vt;
  return {
    a: rows === undefined ? a : scaleRows(a, inverse(rows)),
    b: columns === undefined ? b : scaleColumns(b, inverse(columns)),
  };
}

/** Factors of a dense map's kernel, as the module that replaces it; the kernel is released, the bias taken over. */
export async function factoredMap(
  path: string,
  map: Linear,
  options: FactoriseOptions,
): Promise<FactoredLinear> {
  const weight = matrixFrom(map.inFeatures, map.outFeatures, await map.weight.read());
  const { a, b } = weightedFactors(weight, options);
  map.weight.dispose();
  return new FactoredLinear(path, map.inFeatures, map.outFeatures, {
    rank: a.cols,
    a: toFloat32(a),
    b: toFloat32(b),
    bias: map.bias,
  });
}
