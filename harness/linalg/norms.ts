// Norms that need one pass over the entries, and the scale that keeps squares of entries inside the range of doubles.
// The spectral and nuclear norms follow from `singularValues` in svd.ts.
import type { Matrix } from "./matrix.ts";

/** Largest absolute entry; 0 for an empty matrix. */
export function maxAbs(a: Matrix): number {
  let largest = 0;
  for (const x of a.data) {
    const size = Math.abs(x);
    if (size > largest) largest = size;
  }
  return largest;
}

/**
 * The power of two that brings the largest entry into [1, 2), or 1 for a zero matrix. Multiplying by it is exact, and
 * afterwards squares of entries neither overflow nor (where they matter) underflow.
 */
export function powerOfTwoScale(a: Matrix): number {
  const largest = maxAbs(a);
  if (largest === 0) return 1;
  // 2 ** 1023 bounds the scale of subnormal matrices, which then stay small but finite.
  return 2 ** Math.max(-1023, Math.min(1023, -Math.floor(Math.log2(largest))));
}

/** Sum of squared entries, as is: overflows to infinity beyond entries of 1e154. */
export function sumOfSquares(a: Matrix): number {
  let sum = 0;
  for (const x of a.data) sum += x * x;
  return sum;
}

/** ||a||_F, safe from overflow and underflow of the squares. */
export function frobeniusNorm(a: Matrix): number {
  const factor = powerOfTwoScale(a);
  let sum = 0;
  for (const x of a.data) sum += x * factor * (x * factor);
  return Math.sqrt(sum) / factor;
}

/** Euclidean norm of each column. */
export function columnNorms(a: Matrix): Float64Array {
  const factor = powerOfTwoScale(a);
  const sums = new Float64Array(a.cols);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.cols; j++) {
      const x = (a.data[i * a.cols + j] as number) * factor;
      sums[j] = (sums[j] as number) + x * x;
    }
  }
  return sums.map((sum) => Math.sqrt(sum) / factor);
}

/** Euclidean norm of each row. */
export function rowNorms(a: Matrix): Float64Array {
  const factor = powerOfTwoScale(a);
  const norms = new Float64Array(a.rows);
  for (let i = 0; i < a.rows; i++) {
    let sum = 0;
    for (let j = 0; j < a.cols; j++) {
      const x = (a.data[i * a.cols + j] as number) * factor;
      sum += x * x;
    }
    norms[i] = Math.sqrt(sum) / factor;
  }
  return norms;
}
