// A = Q T Q^T with T tridiagonal, by Householder reflections (Golub and Van Loan 8.3.1), and the implicit QR iteration
// on T (8.3.3). On bare arrays; eigen.ts scales, sorts and fixes signs.
import { makeReflector, type Reflector, reflectorBasis } from "./householder.ts";
import { transpose } from "./matrix.ts";
import { givens, rotateUpward } from "./rotations.ts";

export interface Tridiagonal {
  /** Diagonal, n numbers. */
  readonly d: Float64Array;
  /** Off-diagonal, n numbers of which the last is 0. */
  readonly e: Float64Array;
  /** Reflection k acts on indices k + 1 .. n - 1. */
  readonly reflectors: readonly Reflector[];
}

/**
 * Reduces the symmetric n x n array `a`, of which only the lower triangle is read; it is overwritten. The update by one
 * reflection and the product with the next are one pass over the triangle: memory, not arithmetic, is the limit.
 */
export function tridiagonalise(a: Float64Array, n: number): Tridiagonal {
  const d = new Float64Array(n);
  const e = new Float64Array(n);
  const reflectors: Reflector[] = [];
  let u: Float64Array = new Float64Array(n);
  let w: Float64Array = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    // Column k still lacks the rank-two update of the reflection before.
    const uk = u[k] as number;
    const wk = w[k] as number;
    const column = new Float64Array(n - k - 1);
    d[k] = (a[k * n + k] as number) - 2 * uk * wk;
    for (let i = k + 1; i < n; i++) {
      column[i - k - 1] = (a[i * n + k] as number) - (u[i] as number) * wk - (w[i] as number) * uk;
    }
    if (k === n - 1) break;
    const { reflector, alpha } = makeReflector(column, k + 1);
    const { tau } = reflector;
    e[k] = alpha;
    reflectors.push(reflector);
    const v = new Float64Array(n);
    v.set(column, k + 1);
    const p = updateAndMultiply(a, n, k + 1, u, w, v);
    let dot = 0;
    for (let i = k + 1; i < n; i++) dot += (p[i] as number) * (v[i] as number);
    const half = (tau * tau * dot) / 2;
    for (let i = k + 1; i < n; i++) p[i] = tau * (p[i] as number) - half * (v[i] as number);
    u = v;
    w = p;
  }
  return { d, e, reflectors };
}

/** a -= u w^T + w u^T on the lower triangle of rows and columns from `start`, and the product of the new a with v. */
function updateAndMultiply(
  a: Float64Array,
  n: number,
  start: number,
  u: Float64Array,
  w: Float64Array,
  v: Float64Array,
): Float64Array {
  const p = new Float64Array(n);
  let i = start;
  // Two rows a pass; the square on the diagonal, which both would touch, is done apart.
  for (; i + 2 <= n; i += 2) {
    const r0 = i * n;
    const r1 = r0 + n;
    const u0 = u[i] as number;
    const u1 = u[i + 1] as number;
    const w0 = w[i] as number;
    const w1 = w[i + 1] as number;
    const v0 = v[i] as number;
    const v1 = v[i + 1] as number;
    let s0 = 0;
    let s1 = 0;
    for (let j = start; j < i; j++) {
      const uj = u[j] as number;
      const wj = w[j] as number;
      const vj = v[j] as number;
      const x0 = (a[r0 + j] as number) - (u0 * wj + w0 * uj);
      const x1 = (a[r1 + j] as number) - (u1 * wj + w1 * uj);
      a[r0 + j] = x0;
      a[r1 + j] = x1;
      s0 += x0 * vj;
      s1 += x1 * vj;
      p[j] = (p[j] as number) + (x0 * v0 + x1 * v1);
    }
    const diagonal0 = (a[r0 + i] as number) - 2 * u0 * w0;
    const between = (a[r1 + i] as number) - (u1 * w0 + w1 * u0);
    const diagonal1 = (a[r1 + i + 1] as number) - 2 * u1 * w1;
    a[r0 + i] = diagonal0;
    a[r1 + i] = between;
    a[r1 + i + 1] = diagonal1;
    p[i] = s0 + diagonal0 * v0 + between * v1;
    p[i + 1] = s1 + between * v0 + diagonal1 * v1;
  }
  if (i < n) {
    const row = i * n;
    let sum = 0;
    for (let j = start; j < i; j++) {
      const x =
        (a[row + j] as number) - (u[i] as number) * (w[j] as number) - (w[i] as number) * (u[j] as number);
      a[row + j] = x;
      sum += x * (v[j] as number);
      p[j] = (p[j] as number) + x * (v[i] as number);
    }
    const last = (a[row + i] as number) - 2 * (u[i] as number) * (w[i] as number);
    a[row + i] = last;
    p[i] = sum + last * (v[i] as number);
  }
  return p;
}

/** Q of A = Q T Q^T, [n, n] row-major. */
export function tridiagonalBasis(t: Tridiagonal): Float64Array {
  const n = t.d.length;
  return transpose({ rows: n, cols: n, data: reflectorBasis(t.reflectors, n, n) }).data;
}

/** Off-diagonals below this part of the matrix norm are rounding of the reduction itself. */
const NEGLIGIBLE = Number.EPSILON / 16;

/**
 * Implicit QR with Wilkinson's shift: overwrites `d` with the eigenvalues, unordered, and, where `z` ([rows, n]) is
 * given, z with z times the eigenvectors of T.
 */
export function diagonaliseTridiagonal(
  d: Float64Array,
  e: Float64Array,
  z?: { readonly data: Float64Array; readonly rows: number },
): void {
  const n = d.length;
  let norm = 0;
  for (let i = 0; i < n; i++) norm = Math.max(norm, Math.abs(d[i] as number) + Math.abs(e[i] as number));
  const cosines = new Float64Array(n);
  const sines = new Float64Array(n);
  const out = new Float64Array(3);
  let sweeps = 0;
  let last = n - 1;
  while (last > 0) {
    let first = last;
    while (first > 0) {
      const off = Math.abs(e[first - 1] as number);
      const near = Math.abs(d[first - 1] as number) + Math.abs(d[first] as number);
      if (off <= Number.EPSILON * 0.5 * near || off <= NEGLIGIBLE * norm) {
        e[first - 1] = 0;
        break;
      }
      first--;
    }
    if (first === last) {
      last--;
      continue;
    }
    // Wilkinson's shift takes two sweeps an eigenvalue; 30 is the field's customary limit.
    if (++sweeps > 30 * n) throw new Error("the tridiagonal QR iteration did not converge");
    const dl = d[last] as number;
    const el = e[last - 1] as number;
    const delta = ((d[last - 1] as number) - dl) / 2;
    const root = Math.sqrt(delta * delta + el * el);
    let x = (d[first] as number) - (dl - (el * el) / (delta + (delta < 0 ? -root : root)));
    let bulge = e[first] as number;
    for (let k = first; k < last; k++) {
      givens(x, bulge, out);
      const c = out[0] as number;
      const s = out[1] as number;
      cosines[k] = c;
      sines[k] = s;
      if (k > first) e[k - 1] = out[2] as number;
      const d1 = d[k] as number;
      const d2 = d[k + 1] as number;
      const ek = e[k] as number;
      const shift = s * (s * (d2 - d1) + 2 * c * ek);
      d[k] = d1 + shift;
      d[k + 1] = d2 - shift;
      x = c * s * (d2 - d1) + (c * c - s * s) * ek;
      e[k] = x;
      if (k + 1 < last) {
        bulge = s * (e[k + 1] as number);
        e[k + 1] = c * (e[k + 1] as number);
      }
    }
    if (z !== undefined) rotateUpward(z.data, z.rows, n, { first, last, cosines, sines });
  }
}
