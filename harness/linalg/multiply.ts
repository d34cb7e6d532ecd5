// Matrix products. One kernel does all the work: dot products of rows with rows, in tiles of 4 x 4 that stay in
// registers; the other products transpose an operand first (one pass against thousands). Every entry is summed in
// index order whatever its place in a tile, so a product has the same bits on every machine.
import { type Matrix, transpose, zeros } from "./matrix.ts";

/** Dot products of row i of `a` with rows j..j+3 of `b`. */
function tile1x4(
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
  k: number,
  i: number,
  j: number,
  at: number,
) {
  const b0 = j * k;
  const b1 = b0 + k;
  const b2 = b1 + k;
  const b3 = b2 + k;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let t = 0; t < k; t++) {
    const x = a[i * k + t] as number;
    s0 += x * (b[b0 + t] as number);
    s1 += x * (b[b1 + t] as number);
    s2 += x * (b[b2 + t] as number);
    s3 += x * (b[b3 + t] as number);
  }
  out[at] = s0;
  out[at + 1] = s1;
  out[at + 2] = s2;
  out[at + 3] = s3;
}

function tile1x1(a: Float64Array, b: Float64Array, k: number, i: number, j: number): number {
  let sum = 0;
  for (let t = 0; t < k; t++) sum += (a[i * k + t] as number) * (b[j * k + t] as number);
  return sum;
}

/** Dot products of rows i..i+3 of `a` with rows j..j+3 of `b`, to `out` of row length `cols`. */
function tile4x4(
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
  k: number,
  i: number,
  j: number,
  cols: number,
) {
  const a0 = i * k;
  const a1 = a0 + k;
  const a2 = a1 + k;
  const a3 = a2 + k;
  const b0 = j * k;
  const b1 = b0 + k;
  const b2 = b1 + k;
  const b3 = b2 + k;
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  let s23 = 0;
  let s30 = 0;
  let s31 = 0;
  let s32 = 0;
  let s33 = 0;
  for (let t = 0; t < k; t++) {
    const x0 = a[a0 + t] as number;
    const x1 = a[a1 + t] as number;
    const x2 = a[a2 + t] as number;
    const x3 = a[a3 + t] as number;
    const y0 = b[b0 + t] as number;
    s00 += x0 * y0;
    s10 += x1 * y0;
    s20 += x2 * y0;
    s30 += x3 * y0;
    const y1 = b[b1 + t] as number;
    s01 += x0 * y1;
    s11 += x1 * y1;
    s21 += x2 * y1;
    s31 += x3 * y1;
    const y2 = b[b2 + t] as number;
    s02 += x0 * y2;
    s12 += x1 * y2;
    s22 += x2 * y2;
    s32 += x3 * y2;
    const y3 = b[b3 + t] as number;
    s03 += x0 * y3;
    s13 += x1 * y3;
    s23 += x2 * y3;
    s33 += x3 * y3;
  }
  const c0 = i * cols + j;
  const c1 = c0 + cols;
  const c2 = c1 + cols;
  const c3 = c2 + cols;
  out[c0] = s00;
  out[c0 + 1] = s01;
  out[c0 + 2] = s02;
  out[c0 + 3] = s03;
  out[c1] = s10;
  out[c1 + 1] = s11;
  out[c1 + 2] = s12;
  out[c1 + 3] = s13;
  out[c2] = s20;
  out[c2 + 1] = s21;
  out[c2 + 2] = s22;
  out[c2 + 3] = s23;
  out[c3] = s30;
  out[c3 + 1] = s31;
  out[c3 + 2] = s32;
  out[c3 + 3] = s33;
}

/**
 * The kernel on bare arrays: `out[i * outCols + j]` = row i of `a` . row j of `b`, for i < p and j < q, rows of length k.
 * With `lower` only the tiles that touch j <= i are computed.
 */
export function rowDots(
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
  shape: { readonly p: number; readonly q: number; readonly k: number; readonly outCols: number },
  lower = false,
): void {
  const { p, q, k, outCols } = shape;
  const wholeRows = p - (p % 4);
  const wholeCols = q - (q % 4);
  for (let i = 0; i < wholeRows; i += 4) {
    const end = lower ? Math.min(wholeCols, i + 4) : wholeCols;
    for (let j = 0; j < end; j += 4) tile4x4(a, b, out, k, i, j, outCols);
  }
  for (let i = wholeRows; i < p; i++) {
    for (let j = 0; j < wholeCols; j += 4) tile1x4(a, b, out, k, i, j, i * outCols + j);
  }
  for (let i = 0; i < p; i++) {
    for (let j = wholeCols; j < q; j++) out[i * outCols + j] = tile1x1(a, b, k, i, j);
  }
}

function checkInner(left: number, right: number, what: string): void {
  if (left !== right) throw new RangeError(`${what}: inner sizes ${left} and ${right} differ`);
}

/** a b^T for a [p, k] and b [q, k]: the fastest product (about 3.5 GFLOP/s on one core of a 2023 server). */
export function multiplyABt(a: Matrix, b: Matrix): Matrix {
  checkInner(a.cols, b.cols, "a b^T");
  const result = zeros(a.rows, b.rows);
  rowDots(a.data, b.data, result.data, { p: a.rows, q: b.rows, k: a.cols, outCols: b.rows });
  return result;
}

/** a b for a [p, k] and b [k, q]. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  checkInner(a.cols, b.rows, "a b");
  return multiplyABt(a, transpose(b));
}

/** a^T b for a [k, p] and b [k, q]. */
export function multiplyAtB(a: Matrix, b: Matrix): Matrix {
  checkInner(a.rows, b.rows, "a^T b");
  return multiplyABt(transpose(a), transpose(b));
}

/** a a^T for a [p, k]: half the work of the general product, and exactly symmetric. */
export function rowGram(a: Matrix): Matrix {
  const result = zeros(a.rows, a.rows);
  const n = a.rows;
  rowDots(a.data, a.data, result.data, { p: n, q: n, k: a.cols, outCols: n }, true);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) result.data[j * n + i] = result.data[i * n + j] as number;
  }
  return result;
}

/** a^T a for a [k, p]. */
export function columnGram(a: Matrix): Matrix {
  return rowGram(transpose(a));
}

/**
 * `target -= h q` on bare arrays, for target [p, n], h [p, d] (row length `hCols`) and the first d rows of q [., n].
 * Two rows of target and four of q a pass: the update of Gram-Schmidt, where transposing q would cost as much.
 */
export function subtractProduct(
  target: Float64Array,
  h: Float64Array,
  q: Float64Array,
  shape: { readonly p: number; readonly d: number; readonly n: number; readonly hCols: number },
): void {
  const { p, d, n, hCols } = shape;
  for (let i = 0; i < p; i++) {
    const row = i * n;
    let t = 0;
    for (; t + 4 <= d; t += 4) {
      const h0 = h[i * hCols + t] as number;
      const h1 = h[i * hCols + t + 1] as number;
      const h2 = h[i * hCols + t + 2] as number;
      const h3 = h[i * hCols + t + 3] as number;
      const q0 = t * n;
      const q1 = q0 + n;
      const q2 = q1 + n;
      const q3 = q2 + n;
      for (let j = 0; j < n; j++) {
        const sum =
          h0 * (q[q0 + j] as number) +
          h1 * (q[q1 + j] as number) +
          h2 * (q[q2 + j] as number) +
          h3 * (q[q3 + j] as number);
        target[row + j] = (target[row + j] as number) - sum;
      }
    }
    for (; t < d; t++) {
      const h0 = h[i * hCols + t] as number;
      for (let j = 0; j < n; j++)
        target[row + j] = (target[row + j] as number) - h0 * (q[t * n + j] as number);
    }
  }
}
