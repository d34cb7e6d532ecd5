// Drawing rows for a split: seeded by name, balanced only as far as the data are.
import { stream } from "#harness/random/stream.ts";

/** The first `count` of a permutation of 0..size-1 named by the task; data draws do not depend on the run's seed. */
export function drawRows(size: number, count: number, ...names: readonly string[]): Int32Array {
  return stream(0, "split", ...names).permutation(size).slice(0, count);
}

/** Texts without the exact duplicates (after trimming and lower-casing) of any text in `others`. */
export function withoutCopies<T>(rows: readonly T[], text: (row: T) => string, others: readonly T[]): T[] {
  const normal = (row: T) => text(row).trim().toLowerCase().replace(/\s+/g, " ");
  const seen = new Set(others.map(normal));
  return rows.filter((row) => !seen.has(normal(row)));
}
