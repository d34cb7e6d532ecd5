// Dense-sparse factorisation of one block on the host: rows W [out, w] as S D with k non-zeros in each row of S [out, m] and
// unit atoms as the rows of D [m, w]. Orthogonal matching pursuit against a closed-form dictionary, in double precision.

import { solveSpd } from "#harness/linalg/cholesky.ts";
import { type Matrix, matrixFrom } from "#harness/linalg/matrix.ts";
import { multiply, multiplyABt, multiplyAtB } from "#harness/linalg/multiply.ts";
import type { Stream } from "#harness/nn/init.ts";

export interface Blocked {
  /** [out, m], at most k non-zeros a row. */
  readonly s: Matrix;
  /** [m, w], unit rows. */
  readonly d: Matrix;
}

const RIDGE = 1e-6;
/** Two atoms this parallel count as one: a pursuit stops rather than divide by their difference. */
const SINGULAR = 1e-10;

/** Least squares on a support by Gaussian elimination: G_II x = c_I; undefined where atoms are parallel. */
function solveSupport(
  gram: Matrix,
  target: ArrayLike<number>,
  support: readonly number[],
): number[] | undefined {
  const n = support.length;
  const a = support.map((p) => [
    ...support.map((q) => gram.data[p * gram.cols + q] as number),
    target[p] as number,
  ]);
  for (let col = 0; col < n; col++) {
    const pivot = a[col];
    const lead = pivot?.[col];
    if (pivot === undefined || lead === undefined || Math.abs(lead) < SINGULAR) return undefined;
    for (let row = col + 1; row < n; row++) {
      const current = a[row] as number[];
      const factor = (current[col] as number) / lead;
      for (let j = col; j <= n; j++) current[j] = (current[j] as number) - factor * (pivot[j] as number);
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let row = n - 1; row >= 0; row--) {
    let value = a[row]?.[n] as number;
    for (let j = row + 1; j < n; j++) value -= (a[row]?.[j] as number) * (x[j] as number);
    x[row] = value / (a[row]?.[row] as number);
  }
  return x;
}

/** Orthogonal matching pursuit of every row of `w` over the unit atoms `d`: k atoms a row, by Gram matrices. */
export function pursue(w: Matrix, d: Matrix, k: number): Matrix {
  const m = d.rows;
  const gram = multiplyABt(d, d);
  const products = multiplyABt(w, d);
  const s = new Float64Array(w.rows * m);
  for (let row = 0; row < w.rows; row++) {
    const target = products.data.subarray(row * m, (row + 1) * m);
    const support: number[] = [];
    let values: number[] = [];
    for (let round = 0; round < Math.min(k, m); round++) {
      let [best, size] = [-1, 0];
      for (let a = 0; a < m; a++) {
        if (support.includes(a)) continue;
        let left = target[a] as number;
        for (const [i, p] of support.entries())
          left -= (gram.data[a * m + p] as number) * (values[i] as number);
        if (Math.abs(left) > size) [best, size] = [a, Math.abs(left)];
      }
      if (best < 0) break;
      const next = solveSupport(gram, target, [...support, best]);
      if (next === undefined) break;
      support.push(best);
      values = next;
    }
    for (const [i, p] of support.entries()) s[row * m + p] = values[i] as number;
  }
  return { rows: w.rows, cols: m, data: s };
}

/** Squared error of each row, [out]. */
export function rowErrors(w: Matrix, { s, d }: Blocked): Float64Array {
  const product = multiply(s, d);
  const errors = new Float64Array(w.rows);
  for (let i = 0; i < w.data.length; i++) {
    const row = Math.floor(i / w.cols);
    errors[row] = (errors[row] as number) + ((w.data[i] as number) - (product.data[i] as number)) ** 2;
  }
  return errors;
}

const rowOf = (a: Matrix, row: number): Float64Array => a.data.subarray(row * a.cols, (row + 1) * a.cols);

/** Unit atoms; the scale goes to the codes. A zero atom is seeded anew by `reseed`. */
function normalise({ s, d }: Blocked, reseed: (atom: number) => Float64Array): Blocked {
  const [codes, atoms] = [s.data.slice(), d.data.slice()];
  for (let a = 0; a < d.rows; a++) {
    const atom = atoms.subarray(a * d.cols, (a + 1) * d.cols);
    let size = Math.hypot(...atom);
    if (size < SINGULAR) {
      atom.set(reseed(a));
      size = Math.hypot(...atom) || 1;
      for (let row = 0; row < s.rows; row++) codes[row * s.cols + a] = 0;
    }
    for (let j = 0; j < atom.length; j++) atom[j] = (atom[j] as number) / size;
    for (let row = 0; row < s.rows; row++)
      codes[row * s.cols + a] = (codes[row * s.cols + a] as number) * size;
  }
  return { s: { ...s, data: codes }, d: { ...d, data: atoms } };
}

/** Codes of `w` over the atoms of `before`; a row keeps its old code where that is better. */
export function recode(w: Matrix, before: Blocked, k: number): Blocked {
  const found = { s: pursue(w, before.d, k), d: before.d };
  const [old, now] = [rowErrors(w, before), rowErrors(w, found)];
  const data = found.s.data.slice();
  for (let row = 0; row < w.rows; row++) {
    if ((old[row] as number) < (now[row] as number)) data.set(rowOf(before.s, row), row * found.s.cols);
  }
  return { s: { ...found.s, data }, d: before.d };
}

/** Atoms by least squares, D = (S^T S + 1e-6 I)^-1 S^T W, then unit rows; unused atoms become the worst-coded rows. */
export function refit(w: Matrix, { s, d }: Blocked): Blocked {
  const gram = multiplyAtB(s, s);
  for (let a = 0; a < d.rows; a++) gram.data[a * d.rows + a] = (gram.data[a * d.rows + a] as number) + RIDGE;
  const fitted = { s, d: solveSpd(gram, multiplyAtB(s, w)) };
  const errors = rowErrors(w, fitted);
  const worst = Array.from(errors.keys()).sort(
    (p, q) => (errors[q] as number) - (errors[p] as number) || p - q,
  );
  return normalise(fitted, () => rowOf(w, worst.shift() ?? 0));
}

/** `m` random rows as atoms, then `sweeps` rounds of coding and refitting; a last coding closes. */
export function factorise(w: Matrix, m: number, k: number, sweeps: number, random: Stream): Blocked {
  const order = random.permutation(w.rows);
  const atoms = Array.from({ length: m }, (_, a) => [...rowOf(w, order[a % w.rows] as number)]).flat();
  const empty = { s: matrixFrom(w.rows, m, new Float64Array(w.rows * m)), d: matrixFrom(m, w.cols, atoms) };
  let now = normalise(empty, () => Float64Array.from({ length: w.cols }, () => random.normal()));
  for (let sweep = 0; sweep < sweeps; sweep++) now = refit(w, recode(w, now, k));
  return recode(w, now, k);
}
