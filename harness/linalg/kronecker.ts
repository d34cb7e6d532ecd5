// Kronecker products, written out and applied without being written out.
import { type Matrix, zeros } from "./matrix.ts";
import { multiply, multiplyABt } from "./multiply.ts";

/** a (x) b, [a.rows b.rows, a.cols b.cols]: block (i, j) is a_ij b. */
export function kronecker(a: Matrix, b: Matrix): Matrix {
  const result = zeros(a.rows * b.rows, a.cols * b.cols);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.cols; j++) {
      const factor = a.data[i * a.cols + j] as number;
      for (let k = 0; k < b.rows; k++) {
        const start = (i * b.rows + k) * result.cols + j * b.cols;
        for (let l = 0; l < b.cols; l++) result.data[start + l] = factor * (b.data[k * b.cols + l] as number);
      }
    }
  }
  return result;
}

/** (a (x) b) x for x [a.cols, b.cols] read row by row as a vector: a x b^T, [a.rows, b.rows]. */
export function kroneckerApply(a: Matrix, b: Matrix, x: Matrix): Matrix {
  return multiply(a, multiplyABt(x, b));
}
