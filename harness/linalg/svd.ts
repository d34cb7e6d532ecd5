// The thin singular value decomposition, exact to rounding. For a few leading vectors of a large matrix see
// truncated-svd.ts.
import { bidiagonalise } from "./bidiagonal.ts";
import { diagonaliseBidiagonal, type Vectors } from "./bidiagonal-qr.ts";
import { type Named, requireFinite } from "./guards.ts";
import { reflectorBasis } from "./householder.ts";
import { type Matrix, transpose } from "./matrix.ts";
import { powerOfTwoScale } from "./norms.ts";
import { applyQ, type HouseholderQr, householderQr } from "./qr.ts";
import { descending, fixSigns, orderColumns } from "./signs.ts";

export interface Svd {
  /** [m, k] with orthonormal columns, k = min(m, n). The largest entry of a column is positive (signs.ts). */
  readonly u: Matrix;
  /** k singular values, descending, >= 0. */
  readonly s: Float64Array;
  /** [n, k] with orthonormal columns (V, not its transpose); column signs follow u. */
  readonly v: Matrix;
}

interface Parts {
  readonly s: Float64Array;
  readonly u: Matrix | undefined;
  readonly v: Matrix | undefined;
}

/** Above this ratio of sides a QR first saves work: the reduction then runs on the small triangle. */
const QR_FIRST = 1.25;

/** Singular values with the wanted vectors; columns sorted, s >= 0, signs of u and v consistent but not yet fixed. */
function decompose(a: Matrix, wantU: boolean, wantV: boolean): Parts {
  if (a.rows < a.cols) {
    const { s, u, v } = decompose(transpose(a), wantV, wantU);
    return { s, u: v, v: u };
  }
  const { rows: m, cols: n } = a;
  const factor = powerOfTwoScale(a);
  let work: Float64Array = a.data.map((x) => x * factor);
  let size = m;
  let outer: HouseholderQr | undefined;
  if (m > QR_FIRST * n) {
    outer = householderQr(transpose({ rows: m, cols: n, data: work }));
    work = outer.r.data;
    size = n;
  }
  const { d, e, left, right } = bidiagonalise(work, size, n);
  const basis = (wanted: boolean, reflectors: typeof left, length: number): Vectors | undefined => {
    if (!wanted) return undefined;
    const rows = { rows: n, cols: length, data: reflectorBasis(reflectors, n, length) };
    return { rows: length, data: transpose(rows).data };
  };
  const u = basis(wantU, left, size);
  const v = basis(wantV, right, n);
  diagonaliseBidiagonal(d, e, u, v);

  const sizes = d.map(Math.abs);
  const order = descending(sizes);
  const s = Float64Array.from(order, (j) => (sizes[j] as number) / factor);
  const sorted = (vectors: Vectors | undefined): Matrix | undefined =>
    vectors === undefined
      ? undefined
      : orderColumns({ rows: vectors.rows, cols: n, data: vectors.data }, order);
  const inner = sorted(u);
  const rightVectors = sorted(v);
  const negative = Int8Array.from(order, (j) => ((d[j] as number) < 0 ? -1 : 1));
  return {
    s,
    u: inner !== undefined && outer !== undefined ? applyQ(outer, inner, m) : inner,
    v: rightVectors === undefined ? undefined : fixSigns(rightVectors, negative).matrix,
  };
}

/**
 * A = U diag(s) V^T, thin. Residual, loss of orthogonality and absolute error of a singular value: a few roundings
 * times the largest one, like LAPACK's dgesvd; no Gram matrix is formed, so small values are right to that level.
 * About 0.8 s at 512 x 512 on one idle core. Vectors of equal singular values are an arbitrary basis of their space, and for
 * singular values 0 of the null space. Errors: `failed` for a non-finite entry.
 */
export function svd(a: Matrix, options: Named = {}): Svd {
  requireFinite(a, "a singular value decomposition", options.name);
  const { s, u, v } = decompose(a, true, true);
  if (u === undefined || v === undefined) throw new Error("vectors were asked for and not computed");
  const signed = fixSigns(u);
  return { u: signed.matrix, s, v: fixSigns(v, signed.signs).matrix };
}

/** Left or right singular vectors only: about half of the work of `svd`. Signs are fixed on these vectors themselves. */
export function singularVectors(
  a: Matrix,
  side: "left" | "right",
  options: Named = {},
): { readonly s: Float64Array; readonly vectors: Matrix } {
  requireFinite(a, "a singular value decomposition", options.name);
  const { s, u, v } = decompose(a, side === "left", side === "right");
  const vectors = side === "left" ? u : v;
  if (vectors === undefined) throw new Error("vectors were asked for and not computed");
  return { s, vectors: fixSigns(vectors).matrix };
}

/** The singular values alone, descending. Their first is the spectral norm, their sum the nuclear norm. */
export function singularValues(a: Matrix, options: Named = {}): Float64Array {
  requireFinite(a, "a singular value decomposition", options.name);
  return decompose(a, false, false).s;
}
