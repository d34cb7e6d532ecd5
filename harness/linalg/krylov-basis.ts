// A growing orthonormal basis and the projection of C = A A^T on it: the state that block-krylov.ts iterates on.
// Orthogonality is held to rounding by projecting every candidate on the WHOLE basis; the three-term recurrence of
// Lanczos alone loses it. When to stop is not decided here.
import type { Stream } from "#harness/random/stream.ts";
import { type Matrix, transpose, zeros } from "./matrix.ts";
import { multiply, rowDots, subtractProduct } from "./multiply.ts";

/** A vector that a projection shortens below this part lost digits to cancellation and is projected once more. */
const CANCELLED = 0.5;
/** A product with C shorter than this part of the longest one is rounding, not a direction. */
const EXHAUSTED = 1e-13;
/** A unit vector of which less than this is left lay in the basis. */
const DEPENDENT = 1e-10;

function length(values: Float64Array): number {
  let sum = 0;
  for (const x of values) sum += x * x;
  return Math.sqrt(sum);
}

function divide(values: Float64Array, divisor: number): void {
  for (let j = 0; j < values.length; j++) values[j] = (values[j] as number) / divisor;
}

export class KrylovBasis {
  /** Vectors so far. */
  size = 0;
  readonly #a: Matrix;
  readonly #at: Matrix;
  readonly #random: Stream;
  #vectors: Float64Array;
  /** Row i holds <q_i, C q_j> for j = 0 .. the end of i's block. */
  readonly #projection: Float64Array[] = [];
  #newest = 0;
  #before = 0;
  #longest = 0;
  #rest: Float64Array[] = [];

  /** For A [p, q]: vectors have length p, and there are never more than p of them. */
  constructor(a: Matrix, random: Stream) {
    this.#a = a;
    this.#at = transpose(a);
    this.#random = random;
    this.#vectors = new Float64Array(Math.min(64, a.rows) * a.rows);
  }

  /** True when no vector can be added. */
  get full(): boolean {
    return this.size >= this.#a.rows;
  }

  /** Appends `count` random directions as a new block. */
  appendRandom(count: number): void {
    this.#startBlock();
    for (let i = 0; i < count && !this.full; i++) this.#accept(this.#randomUnit(), 0);
  }

  /** Applies C to the newest block and records its part in the projection. */
  multiplyNewest(): void {
    const { rows: p, cols: q } = this.#a;
    const size = this.size;
    const b = size - this.#newest;
    const block = this.#vectors.subarray(this.#newest * p, size * p);
    const across = new Float64Array(b * q);
    rowDots(block, this.#at.data, across, { p: b, q, k: p, outCols: q });
    const products = new Float64Array(b * p);
    rowDots(across, this.#a.data, products, { p: b, q: p, k: q, outCols: p });
    const rows = Array.from({ length: b }, (_, i) => products.subarray(i * p, (i + 1) * p));
    for (const row of rows) this.#longest = Math.max(this.#longest, length(row));

    const coefficients = new Float64Array(b * size);
    // C q lies mostly along its own block and the one before. Taking these parts first makes the pass over the whole
    // basis a small correction, so that one such pass is nearly always enough.
    this.#project(products, b, this.#before, coefficients);
    for (let pass = 0; pass < 3; pass++) {
      const before = rows.map(length);
      this.#project(products, b, 0, coefficients);
      if (rows.every((row, i) => length(row) >= CANCELLED * (before[i] as number))) break;
    }
    for (let i = 0; i < b; i++) this.#projection.push(coefficients.slice(i * size, (i + 1) * size));

    this.#rest = rows;
  }

  /** Makes what the last products have beyond the basis a new block; a product without such a rest gives a random one. */
  appendRest(): void {
    this.#startBlock();
    for (const row of this.#rest) {
      if (this.full) break;
      const rest = length(row);
      if (rest <= EXHAUSTED * this.#longest) {
        this.#accept(this.#randomUnit(), 0);
      } else {
        divide(row, rest);
        this.#accept(row, this.#newest);
      }
    }
  }

  /** Q^T C Q, symmetric, for the vectors that `advance` has multiplied. */
  projection(): Matrix {
    const n = this.#projection.length;
    const result = zeros(n, n);
    for (const [i, row] of this.#projection.entries()) {
      for (let j = 0; j < row.length; j++) {
        const value = row[j] as number;
        result.data[i * n + j] = value;
        result.data[j * n + i] = value;
      }
    }
    return result;
  }

  /** Linear combinations of the vectors: weights [r, k] for the first k of them, result [r, p]. */
  combine(weights: Matrix): Matrix {
    const p = this.#a.rows;
    return multiply(weights, { rows: weights.cols, cols: p, data: this.#vectors.slice(0, weights.cols * p) });
  }

  #startBlock(): void {
    this.#before = this.#newest;
    this.#newest = this.size;
  }

  #randomUnit(): Float64Array {
    const vector = new Float64Array(this.#a.rows);
    for (let j = 0; j < vector.length; j++) vector[j] = this.#random.normal();
    divide(vector, length(vector));
    return vector;
  }

  /** Appends a unit vector, orthogonal to the vectors before `from` already, once it is orthogonal to the others. */
  #accept(candidate: Float64Array, from: number): void {
    const p = this.#a.rows;
    let vector = candidate;
    let first = from;
    for (;;) {
      this.#project(vector, 1, first);
      const rest = length(vector);
      first = 0;
      if (rest < DEPENDENT) {
        vector = this.#randomUnit();
        continue;
      }
      divide(vector, rest);
      if (rest >= CANCELLED) break;
    }
    if ((this.size + 1) * p > this.#vectors.length) {
      const grown = new Float64Array(Math.min(2 * this.#vectors.length, p * p));
      grown.set(this.#vectors);
      this.#vectors = grown;
    }
    this.#vectors.set(vector, this.size * p);
    this.size++;
  }

  /** Subtracts from `rows` [b, p] their parts along the vectors from `first`; adds the coefficients to `sums` [b, size]. */
  #project(rows: Float64Array, b: number, first: number, sums?: Float64Array): void {
    const p = this.#a.rows;
    const size = this.size;
    const count = size - first;
    const part = new Float64Array(b * count);
    const vectors = this.#vectors.subarray(first * p, size * p);
    rowDots(rows, vectors, part, { p: b, q: count, k: p, outCols: count });
    subtractProduct(rows, part, vectors, { p: b, d: count, n: p, hCols: count });
    if (sums === undefined) return;
    for (let i = 0; i < b; i++) {
      for (let j = 0; j < count; j++) {
        const at = i * size + first + j;
        sums[at] = (sums[at] as number) + (part[i * count + j] as number);
      }
    }
  }
}
