// Matrices and distances for the tests of the folder above; nothing here is used by the library.
import { readFileSync } from "node:fs";
import { type Stream, stream } from "#harness/random/stream.ts";
import { identity, type Matrix, matrixFrom, scaleColumns, subtract, zeros } from "../matrix.ts";
import { columnGram, multiplyABt } from "../multiply.ts";
import { frobeniusNorm } from "../norms.ts";
import { qr } from "../qr.ts";

/** A golden file beside the tests, made by scripts/golden/linalg.py. */
export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../${name}.golden.json`, import.meta.url), "utf8")) as T;
}

/** A matrix of a golden file. */
export interface Plain {
  readonly rows: number;
  readonly cols: number;
  readonly data: readonly number[];
}

export const read = (plain: Plain): Matrix => matrixFrom(plain.rows, plain.cols, plain.data);

/** Standard normal matrices, drawn one after another. */
export const gaussians =
  (random: Stream) =>
  (rows: number, cols: number): Matrix =>
    matrixFrom(
      rows,
      cols,
      Float64Array.from({ length: rows * cols }, () => random.normal()),
    );

export const gaussian = (rows: number, cols: number, name = "gaussian"): Matrix =>
  gaussians(stream(7, "linalg-test", name))(rows, cols);

/** A matrix with the given singular values and random singular vectors. */
export function withSpectrum(rows: number, cols: number, s: readonly number[], name = "spectrum"): Matrix {
  const u = qr(gaussian(rows, s.length, `${name}/u`)).q;
  const v = qr(gaussian(cols, s.length, `${name}/v`)).q;
  return multiplyABt(scaleColumns(u, s), v);
}

/** The generator of scripts/golden/linalg.py: the same numbers, exactly, in both languages. */
export function noise(rows: number, cols: number): Matrix {
  const result = zeros(rows, cols);
  let x = 1;
  for (let k = 0; k < result.data.length; k++) {
    x = (48271 * x) % 2147483647;
    result.data[k] = x / 2147483647 - 0.5;
  }
  return result;
}

/** ||a - b||_F / ||b||_F; for b = 0 the norm of a. */
export function distance(a: Matrix, b: Matrix): number {
  return frobeniusNorm(subtract(a, b)) / (frobeniusNorm(b) || 1);
}

/** ||Q^T Q - I||_F. */
export function orthogonalityError(q: Matrix): number {
  return frobeniusNorm(subtract(columnGram(q), identity(q.cols)));
}

/** Largest |a_i - b_i|. */
export function largestGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths ${a.length} and ${b.length}`);
  let gap = 0;
  for (let i = 0; i < a.length; i++) gap = Math.max(gap, Math.abs((a[i] as number) - (b[i] as number)));
  return gap;
}
