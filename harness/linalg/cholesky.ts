// Symmetric positive definite systems: Cholesky factor, triangular solves, solve and inverse.
import { RankbenchError } from "#harness/failure/error.ts";
import { type Named, requireFinite, requireSquare } from "./guards.ts";
import { identity, type Matrix, zeros } from "./matrix.ts";

/**
 * L, lower triangular with a positive diagonal, of A = L L^T for a positive definite A [n, n]. Only the lower triangle
 * of A is read. Errors: `failed` for a non-finite entry, and for a pivot that is not above rounding (n eps times the
 * largest diagonal entry): A is then not positive definite in double precision, and nothing is added to make it so.
 */
export function cholesky(a: Matrix, options: Named = {}): Matrix {
  requireSquare(a, "a Cholesky decomposition");
  requireFinite(a, "a Cholesky decomposition", options.name);
  const n = a.rows;
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, a.data[i * n + i] as number);
  const least = n * Number.EPSILON * largest;
  const result = zeros(n, n);
  const l = result.data;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a.data[i * n + j] as number;
      for (let k = 0; k < j; k++) sum -= (l[i * n + k] as number) * (l[j * n + k] as number);
      if (j < i) {
        l[i * n + j] = sum / (l[j * n + j] as number);
        continue;
      }
      if (!(sum > least)) {
        throw new RankbenchError({
          reason: "failed",
          thing: `${options.name ?? "matrix"} [${n}, ${n}]`,
          problem: "the matrix is not positive definite",
          field: `pivot ${i}`,
          value: sum,
          wanted: `a number above ${least}`,
          next: "add a small multiple of the identity (damping) to the matrix",
        });
      }
      l[i * n + i] = Math.sqrt(sum);
    }
  }
  return result;
}

function checkSystem(l: Matrix, b: Matrix): void {
  requireSquare(l, "a triangular solve");
  if (b.rows !== l.rows)
    throw new RangeError(`a system of ${l.rows} equations and a right side of ${b.rows} rows`);
}

/** Row i of x minus `factor` times row k. */
function subtractRow(x: Float64Array, cols: number, i: number, k: number, factor: number): void {
  if (factor === 0) return;
  for (let j = 0; j < cols; j++)
    x[i * cols + j] = (x[i * cols + j] as number) - factor * (x[k * cols + j] as number);
}

function divideRow(x: Float64Array, cols: number, i: number, divisor: number): void {
  for (let j = 0; j < cols; j++) x[i * cols + j] = (x[i * cols + j] as number) / divisor;
}

/** X with L X = B, for lower triangular L [n, n] and B [n, c]. */
export function solveLower(l: Matrix, b: Matrix): Matrix {
  checkSystem(l, b);
  const n = l.rows;
  const x = b.data.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) subtractRow(x, b.cols, i, k, l.data[i * n + k] as number);
    divideRow(x, b.cols, i, l.data[i * n + i] as number);
  }
  return { rows: n, cols: b.cols, data: x };
}

/** X with L^T X = B, for lower triangular L [n, n] and B [n, c]. */
export function solveLowerTransposed(l: Matrix, b: Matrix): Matrix {
  checkSystem(l, b);
  const n = l.rows;
  const x = b.data.slice();
  for (let i = n - 1; i >= 0; i--) {
    divideRow(x, b.cols, i, l.data[i * n + i] as number);
    for (let k = 0; k < i; k++) subtractRow(x, b.cols, k, i, l.data[i * n + k] as number);
  }
  return { rows: n, cols: b.cols, data: x };
}

/** X with A X = B for a positive definite A [n, n] and B [n, c]. Errors as for `cholesky`. */
export function solveSpd(a: Matrix, b: Matrix, options: Named = {}): Matrix {
  requireFinite(b, "a linear system", options.name);
  const l = cholesky(a, options);
  return solveLowerTransposed(l, solveLower(l, b));
}

/** The inverse of a positive definite matrix, exactly symmetric. Errors as for `cholesky`. */
export function inverseSpd(a: Matrix, options: Named = {}): Matrix {
  const n = a.rows;
  const result = solveSpd(a, identity(n), options);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const mean = ((result.data[i * n + j] as number) + (result.data[j * n + i] as number)) / 2;
      result.data[i * n + j] = mean;
      result.data[j * n + i] = mean;
    }
  }
  return result;
}
