// The orthonormal discrete cosine transform of type II, as a matrix and along rows.
import { type Matrix, zeros } from "./matrix.ts";
import { multiply, multiplyABt } from "./multiply.ts";

/** Q [n, n] with Q_kj = sqrt(2 / n) cos(pi k (2 j + 1) / (2 n)), row 0 times sqrt(1 / 2): rows are the cosines, Q Q^T = I. */
export function dctMatrix(n: number): Matrix {
  const result = zeros(n, n);
  for (let k = 0; k < n; k++) {
    const size = Math.sqrt((k === 0 ? 1 : 2) / n);
    for (let j = 0; j < n; j++) {
      // The period of the cosine is 4 n in this product; reducing it as an integer keeps full precision.
      result.data[k * n + j] = size * Math.cos((Math.PI * ((k * (2 * j + 1)) % (4 * n))) / (2 * n));
    }
  }
  return result;
}

/** The transform of every row: a Q^T. Pass Q = dctMatrix(a.cols) where it is used again. */
export function dctRows(a: Matrix, q: Matrix = dctMatrix(a.cols)): Matrix {
  return multiplyABt(a, q);
}

/** The inverse of `dctRows`: a Q. */
export function inverseDctRows(a: Matrix, q: Matrix = dctMatrix(a.cols)): Matrix {
  return multiply(a, q);
}
