// Order and signs of singular vectors and eigenvectors, so that the same matrix gives the same vectors on every path.
import type { Matrix } from "./matrix.ts";

/** Sizes this close count as equal: then the entry with the lowest index decides, whatever the rounding. */
const TIE = 1 - 1e-6;

/**
 * +1 or -1 for each column: the factor that makes its entry of largest magnitude positive; among entries equal to a
 * part in a million the first decides. +1 for a zero column.
 */
export function columnSigns({ rows, cols, data }: Matrix): Int8Array {
  const largest = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const size = Math.abs(data[i * cols + j] as number);
      if (size > (largest[j] as number)) largest[j] = size;
    }
  }
  const signs = new Int8Array(cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const value = data[i * cols + j] as number;
      if (signs[j] === 0 && Math.abs(value) >= TIE * (largest[j] as number)) signs[j] = value < 0 ? -1 : 1;
    }
  }
  return signs;
}

/** Column j of the result is column `order[j]` of `a`. */
export function orderColumns(a: Matrix, order: Int32Array): Matrix {
  const count = order.length;
  const data = new Float64Array(a.rows * count);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < count; j++) data[i * count + j] = a.data[i * a.cols + (order[j] as number)] as number;
  }
  return { rows: a.rows, cols: count, data };
}

/** `a` with its columns multiplied by their signs, or by the signs given; and those signs. */
export function fixSigns(
  a: Matrix,
  given?: Int8Array,
): { readonly matrix: Matrix; readonly signs: Int8Array } {
  const signs = given ?? columnSigns(a);
  const data = a.data.map((x, i) => x * (signs[i % a.cols] as number));
  return { matrix: { rows: a.rows, cols: a.cols, data }, signs };
}

/** Indices that sort `values` in descending order; equal values keep their order. */
export function descending(values: Float64Array): Int32Array {
  return Int32Array.from(values.keys()).sort(
    (a, b) => (values[b] as number) - (values[a] as number) || a - b,
  );
}
