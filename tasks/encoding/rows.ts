// Drawing rows for a split, seeded by name, and keeping copies of held-out texts out of training.
import { stream } from "#harness/random/stream.ts";

/** A permutation of 0..size-1 named by the task: splits do not depend on the run's seed. */
export const drawRows = (size: number, ...names: readonly string[]): Int32Array =>
  stream(0, "split", ...names).permutation(size);

/** Rows without the exact duplicates (after trimming and lower-casing) of any text in `others`. */
export function withoutCopies<T>(rows: readonly T[], text: (row: T) => string, others: readonly T[]): T[] {
  const normal = (row: T) => text(row).trim().toLowerCase().replace(/\s+/g, " ");
  const seen = new Set(others.map(normal));
  return rows.filter((row) => !seen.has(normal(row)));
}
