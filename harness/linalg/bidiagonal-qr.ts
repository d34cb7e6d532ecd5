// The implicit QR iteration of Golub and Kahan on an upper bidiagonal matrix (Golub and Van Loan 8.6.2): singular values
// in place, rotations handed on to the vectors. Signs and order are svd.ts's.
import { givens, rotatePair, rotateUpward } from "./rotations.ts";

/** A row-major array of `rows` rows, whose columns take the rotations. */
export interface Vectors {
  readonly data: Float64Array;
  readonly rows: number;
}

interface State {
  readonly d: Float64Array;
  readonly e: Float64Array;
  readonly u: Vectors | undefined;
  readonly v: Vectors | undefined;
  readonly out: Float64Array;
}

/** Entries below this part of the matrix norm are rounding of the reduction itself. */
const NEGLIGIBLE = Number.EPSILON / 16;

/** d[at] = 0 inside of a block: its row is emptied by rotations with the rows below, which splits the block there. */
function emptyRow(state: State, at: number, last: number): void {
  const { d, e, u, out } = state;
  let f = e[at] as number;
  d[at] = 0;
  e[at] = 0;
  for (let j = at + 1; j <= last && f !== 0; j++) {
    givens(d[j] as number, f, out);
    const c = out[0] as number;
    const s = out[1] as number;
    d[j] = out[2] as number;
    if (u !== undefined) rotatePair(u.data, u.rows, d.length, j, at, c, s);
    if (j === last) break;
    f = -s * (e[j] as number);
    e[j] = c * (e[j] as number);
  }
}

/** d[last] = 0: its column is emptied by rotations with the columns before, which splits off the last row. */
function emptyColumn(state: State, first: number, last: number): void {
  const { d, e, v, out } = state;
  let f = e[last - 1] as number;
  d[last] = 0;
  e[last - 1] = 0;
  for (let j = last - 1; j >= first && f !== 0; j--) {
    givens(d[j] as number, f, out);
    const c = out[0] as number;
    const s = out[1] as number;
    d[j] = out[2] as number;
    if (v !== undefined) rotatePair(v.data, v.rows, d.length, j, last, c, s);
    if (j === first) break;
    f = -s * (e[j - 1] as number);
    e[j - 1] = c * (e[j - 1] as number);
  }
}

/** First column of B^T B - shift, up to a factor: the eigenvalue of its last 2 x 2 block nearer to the last entry. */
function shiftedStart(
  d: Float64Array,
  e: Float64Array,
  first: number,
  last: number,
): readonly [number, number] {
  const unit = Math.max(
    Math.abs(d[last] as number),
    Math.abs(d[last - 1] as number),
    Math.abs(e[last - 1] as number),
    Math.abs(d[first] as number),
    Math.abs(e[first] as number),
  );
  const dLast = (d[last] as number) / unit;
  const dBefore = (d[last - 1] as number) / unit;
  const eLast = (e[last - 1] as number) / unit;
  const dFirst = (d[first] as number) / unit;
  const eBefore = last - 2 >= first ? (e[last - 2] as number) / unit : 0;
  const upper = dBefore * dBefore + eBefore * eBefore;
  const lower = dLast * dLast + eLast * eLast;
  const off = dBefore * eLast;
  const delta = (upper - lower) / 2;
  const root = Math.sqrt(delta * delta + off * off);
  const denominator = delta + (delta < 0 ? -root : root);
  const shift = denominator === 0 ? lower : lower - (off * off) / denominator;
  return [dFirst * dFirst - shift, (dFirst * (e[first] as number)) / unit];
}

/**
 * Overwrites `d` (n numbers, superdiagonal `e`) with the singular values: unordered and of either sign. `u` and `v`
 * (n columns each) become u and v times the singular vectors of B.
 */
export function diagonaliseBidiagonal(d: Float64Array, e: Float64Array, u?: Vectors, v?: Vectors): void {
  const n = d.length;
  const state: State = { d, e, u, v, out: new Float64Array(3) };
  const { out } = state;
  let norm = 0;
  for (let i = 0; i < n; i++) norm = Math.max(norm, Math.abs(d[i] as number) + Math.abs(e[i] as number));
  const tiny = NEGLIGIBLE * norm;
  const right = { cosines: new Float64Array(n), sines: new Float64Array(n) };
  const left = { cosines: new Float64Array(n), sines: new Float64Array(n) };
  let sweeps = 0;
  let last = n - 1;
  while (last > 0) {
    let first = last;
    let zeroAt = -1;
    while (first > 0) {
      const off = Math.abs(e[first - 1] as number);
      const near = Math.abs(d[first - 1] as number) + Math.abs(d[first] as number);
      if (off <= Number.EPSILON * 0.5 * near || off <= tiny) {
        e[first - 1] = 0;
        break;
      }
      first--;
      if (zeroAt < 0 && Math.abs(d[first] as number) <= tiny) zeroAt = first;
    }
    if (first === last) {
      last--;
      continue;
    }
    if (Math.abs(d[last] as number) <= tiny) {
      emptyColumn(state, first, last);
      continue;
    }
    if (zeroAt >= 0) {
      emptyRow(state, zeroAt, last);
      continue;
    }
    if (++sweeps > 30 * n) throw new Error("the bidiagonal QR iteration did not converge");
    let [y, z] = shiftedStart(d, e, first, last);
    for (let k = first; k < last; k++) {
      givens(y, z, out);
      let c = out[0] as number;
      let s = out[1] as number;
      right.cosines[k] = c;
      right.sines[k] = s;
      if (k > first) e[k - 1] = out[2] as number;
      const dk = d[k] as number;
      const ek = e[k] as number;
      const next = d[k + 1] as number;
      const f = c * dk + s * ek;
      const turned = c * ek - s * dk;
      const lowered = c * next;
      givens(f, s * next, out);
      c = out[0] as number;
      s = out[1] as number;
      left.cosines[k] = c;
      left.sines[k] = s;
      d[k] = out[2] as number;
      y = c * turned + s * lowered;
      e[k] = y;
      d[k + 1] = c * lowered - s * turned;
      if (k + 1 < last) {
        z = s * (e[k + 1] as number);
        e[k + 1] = c * (e[k + 1] as number);
      }
    }
    if (v !== undefined) rotateUpward(v.data, v.rows, n, { first, last, ...right });
    if (u !== undefined) rotateUpward(u.data, u.rows, n, { first, last, ...left });
  }
}
