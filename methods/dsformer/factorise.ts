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

/** Least squares on a growing set of atoms: G_II x = c_I by elimination without pivoting, which keeps what it has done. */
class Support {
  readonly #gram: Matrix;
  readonly #atoms: Int32Array;
  readonly #factors: Float64Array;
  readonly #sides: Float64Array;
  readonly values: Float64Array;
  size = 0;

  constructor(gram: Matrix, most: number) {
    this.#gram = gram;
    this.#atoms = new Int32Array(most);
    this.#factors = new Float64Array(most * most);
    this.#sides = new Float64Array(most);
    this.values = new Float64Array(most);
  }

  atom(place: number): number {
    return this.#atoms[place] as number;
  }

  /** Adds an atom whose product with the row is `side`, and solves anew; false, with nothing changed, if it is parallel. */
  add(atom: number, side: number): boolean {
    const { size, values } = this;
    const [atoms, upper, sides] = [this.#atoms, this.#factors, this.#sides];
    const most = atoms.length;
    const products = atom * this.#gram.cols;
    const row = size * most;
    for (let i = 0; i < size; i++) {
      const product = this.#gram.data[products + (atoms[i] as number)] as number;
      let above = product;
      for (let c = 0; c < i; c++)
        above -= (upper[i * most + c] as number) * (upper[c * most + size] as number);
      upper[i * most + size] = above;
      upper[row + i] = product;
    }
    upper[row + size] = this.#gram.data[products + atom] as number;
    let rest = side;
    for (let c = 0; c < size; c++) {
      const factor = (upper[row + c] as number) / (upper[c * most + c] as number);
      upper[row + c] = factor;
      for (let j = c + 1; j <= size; j++)
        upper[row + j] = (upper[row + j] as number) - factor * (upper[c * most + j] as number);
      rest -= factor * (sides[c] as number);
    }
    if (Math.abs(upper[row + size] as number) < SINGULAR) return false;
    atoms[size] = atom;
    sides[size] = rest;
    this.size = size + 1;
    for (let i = size; i >= 0; i--) {
      let value = sides[i] as number;
      for (let j = i + 1; j <= size; j++) value -= (upper[i * most + j] as number) * (values[j] as number);
      values[i] = value / (upper[i * most + i] as number);
    }
    return true;
  }
}

/** Orthogonal matching pursuit of every row of `w` over the unit atoms `d`: k atoms a row, by Gram matrices. */
export function pursue(w: Matrix, d: Matrix, k: number): Matrix {
  const m = d.rows;
  const gram = multiplyABt(d, d);
  const products = multiplyABt(w, d);
  const s = new Float64Array(w.rows * m);
  const most = Math.min(k, m);
  const support = new Support(gram, most);
  const left = new Float64Array(m);
  for (let row = 0; row < w.rows; row++) {
    const target = products.data.subarray(row * m, (row + 1) * m);
    support.size = 0;
    while (support.size < most) {
      left.set(target);
      for (let i = 0; i < support.size; i++) {
        const [value, at] = [support.values[i] as number, support.atom(i) * m];
        for (let a = 0; a < m; a++) left[a] = (left[a] as number) - (gram.data[at + a] as number) * value;
      }
      for (let i = 0; i < support.size; i++) left[support.atom(i)] = 0;
      let [best, size] = [-1, 0];
      for (let a = 0; a < m; a++) {
        const found = Math.abs(left[a] as number);
        if (found > size) [best, size] = [a, found];
      }
      if (best < 0 || !support.add(best, target[best] as number)) break;
    }
    for (let i = 0; i < support.size; i++) s[row * m + support.atom(i)] = support.values[i] as number;
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
