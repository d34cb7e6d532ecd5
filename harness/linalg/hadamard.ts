// The orthonormal Walsh-Hadamard transform (Sylvester's order) along rows; its own inverse.
import { identity, type Matrix } from "./matrix.ts";

/** Every row times H / sqrt(n), in n log2(n) additions; a.cols must be a power of two. */
export function hadamardRows(a: Matrix): Matrix {
  const n = a.cols;
  if (n < 1 || !Number.isInteger(Math.log2(n)))
    throw new RangeError(`a Hadamard transform of ${n} columns: not a power of two`);
  const size = 1 / Math.sqrt(n);
  const data = a.data.map((x) => x * size);
  for (let half = 1; half < n; half *= 2) {
    for (let start = 0; start < data.length; start += 2 * half) {
      for (let i = start; i < start + half; i++) {
        const x = data[i] as number;
        const y = data[i + half] as number;
        data[i] = x + y;
        data[i + half] = x - y;
      }
    }
  }
  return { rows: a.rows, cols: n, data };
}

/** H / sqrt(n), [n, n], symmetric and orthogonal. */
export function hadamardMatrix(n: number): Matrix {
  return hadamardRows(identity(n));
}
