// What a decomposition checks before it starts: finite entries, a usable rank, a square shape. No arithmetic.
import { RankbenchError } from "#harness/failure/error.ts";
import type { Matrix } from "./matrix.ts";

/** How a caller names its matrix in errors: `gradient of encoder.0.query`. */
export interface Named {
  readonly name?: string;
}

/** Throws (exit code `failed`) when an entry is NaN or infinite, naming the matrix and its first such entry. */
export function requireFinite(a: Matrix, operation: string, name = "matrix"): void {
  const { data, cols } = a;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (Number.isFinite(value)) continue;
    throw new RankbenchError({
      reason: "failed",
      thing: `${name} [${a.rows}, ${cols}]`,
      problem: `${operation} needs finite numbers`,
      field: `entry (${Math.floor(i / cols)}, ${i % cols})`,
      value: String(value),
      wanted: "a finite number",
      next: "lower the learning rate, or find the first step whose loss or gradient is not finite",
    });
  }
}

/** Throws (exit code `config`) unless `rank` is a whole number of at least 1. */
export function requireRank(rank: number, name = "matrix"): void {
  if (Number.isInteger(rank) && rank >= 1) return;
  throw new RankbenchError({
    reason: "config",
    thing: name,
    problem: "a low-rank decomposition needs a usable rank",
    field: "rank",
    value: rank,
    wanted: "a whole number of at least 1",
  });
}

/** A defect of the caller, not of a user: hence a RangeError. */
export function requireSquare(a: Matrix, operation: string): void {
  if (a.rows !== a.cols)
    throw new RangeError(`${operation} needs a square matrix, got ${a.rows} x ${a.cols}`);
}
