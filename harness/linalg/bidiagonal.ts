// A = U B V^T with B upper bidiagonal, by Householder reflections (Golub and Van Loan 5.4.8). On a bare array; the
// iteration on B is in bidiagonal-qr.ts, scale, order and signs in svd.ts.
import { makeReflector, type Reflector } from "./householder.ts";

export interface Bidiagonal {
  /** Diagonal, n numbers. */
  readonly d: Float64Array;
  /** Superdiagonal, n numbers of which the last is 0. */
  readonly e: Float64Array;
  /** Number k acts on entries k .. m - 1. */
  readonly left: readonly Reflector[];
  /** Number k acts on entries k + 1 .. n - 1. */
  readonly right: readonly Reflector[];
}

/** The pending update a -= u y^T + x w^T: y and w run over columns, u and x over rows. */
interface Pending {
  u: Float64Array;
  y: Float64Array;
  x: Float64Array;
  w: Float64Array;
}

/** a -= u y^T + x w^T on rows from `row` and columns from `col`, and v^T a of the result (v over rows). */
function updateAndMultiplyLeft(
  a: Float64Array,
  m: number,
  n: number,
  row: number,
  col: number,
  pending: Pending,
  v: Float64Array,
): Float64Array {
  const { u, y, x, w } = pending;
  const product = new Float64Array(n);
  let i = row;
  for (; i + 2 <= m; i += 2) {
    const r0 = i * n;
    const r1 = r0 + n;
    const u0 = u[i] as number;
    const u1 = u[i + 1] as number;
    const x0 = x[i] as number;
    const x1 = x[i + 1] as number;
    const v0 = v[i] as number;
    const v1 = v[i + 1] as number;
    for (let j = col; j < n; j++) {
      const yj = y[j] as number;
      const wj = w[j] as number;
      const a0 = (a[r0 + j] as number) - (u0 * yj + x0 * wj);
      const a1 = (a[r1 + j] as number) - (u1 * yj + x1 * wj);
      a[r0 + j] = a0;
      a[r1 + j] = a1;
      product[j] = (product[j] as number) + (v0 * a0 + v1 * a1);
    }
  }
  if (i < m) {
    const base = i * n;
    for (let j = col; j < n; j++) {
      const value =
        (a[base + j] as number) - ((u[i] as number) * (y[j] as number) + (x[i] as number) * (w[j] as number));
      a[base + j] = value;
      product[j] = (product[j] as number) + (v[i] as number) * value;
    }
  }
  return product;
}

/** a v for rows from `row` and columns from `col`, over rows. */
function multiplyRight(
  a: Float64Array,
  m: number,
  n: number,
  row: number,
  col: number,
  v: Float64Array,
): Float64Array {
  const product = new Float64Array(m);
  let i = row;
  for (; i + 4 <= m; i += 4) {
    const r0 = i * n;
    const r1 = r0 + n;
    const r2 = r1 + n;
    const r3 = r2 + n;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let j = col; j < n; j++) {
      const vj = v[j] as number;
      s0 += (a[r0 + j] as number) * vj;
      s1 += (a[r1 + j] as number) * vj;
      s2 += (a[r2 + j] as number) * vj;
      s3 += (a[r3 + j] as number) * vj;
    }
    product[i] = s0;
    product[i + 1] = s1;
    product[i + 2] = s2;
    product[i + 3] = s3;
  }
  for (; i < m; i++) {
    let sum = 0;
    for (let j = col; j < n; j++) sum += (a[i * n + j] as number) * (v[j] as number);
    product[i] = sum;
  }
  return product;
}

/**
 * Reduces the row-major array `a` [m, n], m >= n, which is overwritten. The updates by both reflections of a step are
 * delayed to the next one, so that a step passes twice over the rest of the matrix instead of four times.
 */
export function bidiagonalise(a: Float64Array, m: number, n: number): Bidiagonal {
  const d = new Float64Array(n);
  const e = new Float64Array(n);
  const left: Reflector[] = [];
  const right: Reflector[] = [];
  const pending: Pending = {
    u: new Float64Array(m),
    y: new Float64Array(n),
    x: new Float64Array(m),
    w: new Float64Array(n),
  };
  for (let k = 0; k < n; k++) {
    const { u, y, x, w } = pending;
    const column = new Float64Array(m - k);
    for (let i = k; i < m; i++) {
      const update = (u[i] as number) * (y[k] as number) + (x[i] as number) * (w[k] as number);
      column[i - k] = (a[i * n + k] as number) - update;
    }
    const { reflector: first, alpha } = makeReflector(column, k);
    left.push(first);
    d[k] = alpha;
    if (k === n - 1) break;

    const newU = new Float64Array(m);
    newU.set(first.v, k);
    const newY = updateAndMultiplyLeft(a, m, n, k, k + 1, pending, newU);
    for (let j = k + 1; j < n; j++) newY[j] = (newY[j] as number) * first.tau;

    // Row k is complete once the left reflection is applied: its first entry of newU is 1.
    const row = new Float64Array(n - k - 1);
    for (let j = k + 1; j < n; j++) row[j - k - 1] = (a[k * n + j] as number) - (newY[j] as number);
    const { reflector: second, alpha: beta } = makeReflector(row, k + 1);
    right.push(second);
    e[k] = beta;

    const newW = new Float64Array(n);
    newW.set(second.v, k + 1);
    const newX = multiplyRight(a, m, n, k + 1, k + 1, newW);
    let dot = 0;
    for (let j = k + 1; j < n; j++) dot += (newY[j] as number) * (newW[j] as number);
    for (let i = k + 1; i < m; i++) newX[i] = second.tau * ((newX[i] as number) - dot * (newU[i] as number));
    pending.u = newU;
    pending.y = newY;
    pending.x = newX;
    pending.w = newW;
  }
  return { d, e, left, right };
}
