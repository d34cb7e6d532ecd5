// Eigenvalues and eigenvectors of a symmetric matrix. The reduction and the iteration are in tridiagonal.ts.
import { type Named, requireFinite, requireSquare } from "./guards.ts";
import type { Matrix } from "./matrix.ts";
import { maxAbs, powerOfTwoScale } from "./norms.ts";
import { descending, fixSigns, orderColumns } from "./signs.ts";
import { diagonaliseTridiagonal, type Tridiagonal, tridiagonalBasis, tridiagonalise } from "./tridiagonal.ts";

export interface SymmetricEigen {
  /** Descending. */
  readonly values: Float64Array;
  /** Column j belongs to `values[j]`; orthonormal; the largest entry of a column is positive (signs.ts). */
  readonly vectors: Matrix;
}

/** Rounding of single precision stays below this part of the largest entry; more is a wrong argument. */
const ASYMMETRY = 1e-4;

function reduce(a: Matrix, name: string | undefined): { readonly t: Tridiagonal; readonly factor: number } {
  requireSquare(a, "an eigendecomposition");
  requireFinite(a, "an eigendecomposition", name);
  const n = a.rows;
  const factor = powerOfTwoScale(a);
  const limit = ASYMMETRY * maxAbs(a) * factor;
  const work = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const lower = (a.data[i * n + j] as number) * factor;
      const upper = (a.data[j * n + i] as number) * factor;
      if (Math.abs(lower - upper) > limit) {
        throw new RangeError(
          `${name ?? "matrix"} is not symmetric: entries (${i}, ${j}) and (${j}, ${i}) differ`,
        );
      }
      work[i * n + j] = (lower + upper) / 2;
    }
  }
  return { t: tridiagonalise(work, n), factor };
}

/**
 * A = V diag(values) V^T for a symmetric A [n, n] (the mean of A and A^T is taken, so rounding may differ across the
 * diagonal). Absolute error of a value and residual: a few n-independent roundings times ||A||, like LAPACK's dsyev.
 * Errors: `failed` for a non-finite entry.
 */
export function symmetricEigen(a: Matrix, options: Named = {}): SymmetricEigen {
  const n = a.rows;
  const { t, factor } = reduce(a, options.name);
  const z = tridiagonalBasis(t);
  diagonaliseTridiagonal(t.d, t.e, { data: z, rows: n });
  const order = descending(t.d);
  const vectors = fixSigns(orderColumns({ rows: n, cols: n, data: z }, order)).matrix;
  return { values: Float64Array.from(order, (j) => (t.d[j] as number) / factor), vectors };
}

/** The eigenvalues alone, descending: a tenth of the work. */
export function symmetricEigenvalues(a: Matrix, options: Named = {}): Float64Array {
  const { t, factor } = reduce(a, options.name);
  diagonaliseTridiagonal(t.d, t.e);
  return t.d
    .sort()
    .reverse()
    .map((value) => value / factor);
}
