// Atomic feature mimicking on the host: principal directions of what a map or a table puts out, and the thin parts that
// reproduce those directions and the mean. Double precision; knows no tensor.
import { symmetricEigen } from "#harness/linalg/eigen.ts";
import {
  columnSlice,
  type Matrix,
  matrixFrom,
  scaleColumns,
  scaleRows,
  transpose,
  zeros,
} from "#harness/linalg/matrix.ts";
import { multiply } from "#harness/linalg/multiply.ts";
import { svd } from "#harness/linalg/svd.ts";

/** Sums of weighted rows of one width: enough for their mean and covariance. */
export interface Moments {
  readonly width: number;
  weight: number;
  readonly sum: Float64Array;
  /** [width, width], sums of products. */
  readonly products: Float64Array;
}

export const newMoments = (width: number): Moments => ({
  width,
  weight: 0,
  sum: new Float64Array(width),
  products: new Float64Array(width * width),
});

/** Adds a row with a weight (how often it occurs). */
export function addRow(moments: Moments, row: ArrayLike<number>, weight: number): void {
  const { width, sum, products } = moments;
  moments.weight += weight;
  for (let i = 0; i < width; i++) {
    const x = weight * (row[i] as number);
    sum[i] = (sum[i] as number) + x;
    for (let j = 0; j <= i; j++)
      products[i * width + j] = (products[i * width + j] as number) + x * (row[j] as number);
  }
}

/** x W + b of one row, kernel [in, out] row-major. */
export function outputOf(
  x: ArrayLike<number>,
  kernel: ArrayLike<number>,
  bias: ArrayLike<number>,
): Float64Array {
  const y = Float64Array.from(bias);
  const width = y.length;
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number;
    // Behind a ReLU half of the inputs are zero.
    if (value === 0) continue;
    for (let j = 0; j < width; j++) y[j] = (y[j] as number) + value * (kernel[i * width + j] as number);
  }
  return y;
}

/** Mean, and directions of the most variance first. */
export interface Components {
  readonly mean: Float64Array;
  /** Variance along each direction. */
  readonly variances: Float64Array;
  /** [width, width], a direction a column; its largest entry is positive. */
  readonly directions: Matrix;
}

/** Sigma = E[y y^T] - mean mean^T = U Lambda U^T (card 10, A and B). Rows without weight have mean 0 and no variance. */
export function components({ width, weight, sum, products }: Moments): Components {
  const total = weight === 0 ? 1 : weight;
  const mean = sum.map((x) => x / total);
  const sigma = zeros(width, width);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      const value = (products[i * width + j] as number) / total - (mean[i] as number) * (mean[j] as number);
      sigma.data[i * width + j] = value;
      sigma.data[j * width + i] = value;
    }
  }
  const { values, vectors } = symmetricEigen(sigma);
  return { mean, variances: values, directions: vectors };
}

/** y = (x a + c) b + bias. */
export interface ThinPair {
  /** [in, r] and [r, out]. */
  readonly a: Matrix;
  readonly b: Matrix;
  /** [r] and [out]. */
  readonly inner: Float64Array;
  readonly bias: Float64Array;
}

const timesRow = (row: Float64Array, m: Matrix): Float64Array =>
  multiply(matrixFrom(1, row.length, row), m).data;

/** mean - U_r U_r^T mean: what the kept directions cannot hold of the mean. */
function meanOutside(mean: Float64Array, kept: Matrix): Float64Array {
  const inside = timesRow(timesRow(mean, kept), transpose(kept));
  return mean.map((x, i) => x - (inside[i] as number));
}

/**
 * The pair that puts out mean + U_r U_r^T (y - mean) for a map y = x W + b: W U_r, U_r^T b, U_r^T and the rest of the mean,
 * which contains b, so that b is in no other place.
 */
export function mimicMap(
  weight: Matrix,
  bias: ArrayLike<number>,
  output: Components,
  rank: number,
): ThinPair {
  const kept = columnSlice(output.directions, 0, rank);
  return {
    a: multiply(weight, kept),
    b: transpose(kept),
    inner: timesRow(Float64Array.from(bias), kept),
    bias: meanOutside(output.mean, kept),
  };
}

/** The plain decomposition in the same framework: roots of the singular values in both parts, b on the second (card 10, E). */
export function svdMap(weight: Matrix, bias: ArrayLike<number>, rank: number): ThinPair {
  const { u, s, v } = svd(weight);
  const roots = s.subarray(0, rank).map(Math.sqrt);
  return {
    a: scaleColumns(columnSlice(u, 0, rank), roots),
    b: scaleRows(transpose(columnSlice(v, 0, rank)), roots),
    inner: new Float64Array(rank),
    bias: Float64Array.from(bias),
  };
}

/** Rows of a field in fewer numbers, and the way back: D is about rows up + shift. */
export interface NarrowField {
  /** [n, r], [r, d] and [d]. */
  readonly rows: Matrix;
  readonly up: Matrix;
  readonly shift: Float64Array;
}

/** E = (D - mean) U_r with frequency-weighted statistics; ids that training never asked for are projected all the same. */
export function mimicField(table: Matrix, counts: ArrayLike<number>, rank: number): NarrowField {
  const moments = newMoments(table.cols);
  for (let i = 0; i < table.rows; i++) {
    const count = counts[i] as number;
    if (count > 0) addRow(moments, table.data.subarray(i * table.cols, (i + 1) * table.cols), count);
  }
  const { mean, directions } = components(moments);
  const kept = columnSlice(directions, 0, rank);
  const centred = matrixFrom(
    table.rows,
    table.cols,
    table.data.map((x, i) => x - (mean[i % table.cols] as number)),
  );
  return { rows: multiply(centred, kept), up: transpose(kept), shift: mean };
}

/** The plain decomposition of a field's table: every id counts once, nothing is centred. */
export function svdField(table: Matrix, rank: number): NarrowField {
  // A field with fewer ids than the rank spans no more directions than ids.
  const { u, s, v } = svd(table);
  const found = Math.min(rank, s.length);
  const rows = zeros(table.rows, rank);
  const up = zeros(rank, table.cols);
  for (let k = 0; k < found; k++) {
    for (let i = 0; i < table.rows; i++)
      rows.data[i * rank + k] = (u.data[i * u.cols + k] as number) * (s[k] as number);
    for (let j = 0; j < table.cols; j++) up.data[k * table.cols + j] = v.data[j * v.cols + k] as number;
  }
  return { rows, up, shift: new Float64Array(table.cols) };
}

/** A map on concatenated fields of width d as one on their narrow rows (card 10, C): blocks up W_f, and the shifts in the bias. */
export function mergeFields(
  weight: Matrix,
  bias: ArrayLike<number>,
  fields: readonly Pick<NarrowField, "up" | "shift">[],
): { readonly weight: Matrix; readonly bias: Float64Array } {
  const rank = fields[0]?.up.rows ?? 0;
  const merged = zeros(fields.length * rank, weight.cols);
  const shifted = Float64Array.from(bias);
  for (const [f, { up, shift }] of fields.entries()) {
    const width = shift.length;
    const block = matrixFrom(
      width,
      weight.cols,
      weight.data.subarray(f * width * weight.cols, (f + 1) * width * weight.cols),
    );
    merged.data.set(multiply(up, block).data, f * rank * weight.cols);
    const moved = timesRow(shift, block);
    for (let j = 0; j < shifted.length; j++) shifted[j] = (shifted[j] as number) + (moved[j] as number);
  }
  return { weight: merged, bias: shifted };
}
