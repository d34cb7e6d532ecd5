// Rows of text tasks as their files give them, and how they become three splits without leaks. Knows no file format.
import { stream } from "#harness/random/stream.ts";
import type { ScalePreset } from "#harness/task/contract.ts";

/** One sentence or a pair, trimmed, with its class id or value. */
export interface TextRow {
  readonly texts: readonly [string] | readonly [string, string];
  readonly target: number;
}

export interface TextSplits {
  readonly train: readonly TextRow[];
  readonly validation: readonly TextRow[];
  readonly test: readonly TextRow[];
}

/** A permutation of 0..size-1 named by the task: splits do not depend on the run's seed. */
export const drawRows = (size: number, ...names: readonly string[]): Int32Array =>
  stream(0, "split", ...names).permutation(size);

const normal = (text: string) => text.trim().toLowerCase().replace(/\s+/g, " ");

/** What two copies of a row have in common: its texts without case and spacing, a pair in either order. */
const identity = (row: TextRow) => row.texts.map(normal).sort().join("\n");

/** Rows without the copies of any row in `others`: equal texts after trimming and lower-casing, a pair in either order. */
export function withoutCopies(rows: readonly TextRow[], others: readonly TextRow[]): TextRow[] {
  const seen = new Set(others.map(identity));
  return rows.filter((row) => !seen.has(identity(row)));
}

const pick = <T>(from: readonly T[], positions: Iterable<number>): T[] =>
  [...positions].flatMap((i) => from.slice(i, i + 1));

/** Training rows of a preset: what has no copy in validation, as many as the preset wants. */
function finish(rest: readonly TextRow[], held: Omit<TextSplits, "train">, preset: ScalePreset): TextSplits {
  const train = withoutCopies(rest, held.validation);
  return { ...held, train: train.slice(0, preset.trainRows ?? train.length) };
}

/** Validation drawn from the training rows by the task's name, for an official test split. */
export function cutValidation(
  rows: { readonly train: readonly TextRow[]; readonly test: readonly TextRow[] },
  preset: ScalePreset,
  name: string,
): TextSplits {
  const rest = withoutCopies(rows.train, rows.test);
  const drawn = pick(rest, drawRows(rest.length, name));
  const validation = drawn.slice(0, preset.validationRows);
  return finish(drawn.slice(preset.validationRows), { validation, test: rows.test }, preset);
}

/** Three official splits: copies of held-out rows leave the others, and training rows are drawn by the task's name. */
export function keepSplits(rows: TextSplits, preset: ScalePreset, name: string): TextSplits {
  const validation = withoutCopies(rows.validation, rows.test);
  const rest = withoutCopies(rows.train, rows.test);
  return finish(pick(rest, drawRows(rest.length, name)), { validation, test: rows.test }, preset);
}

/** Rows that share a text, directly or through others, as lists in order of their first row. */
export function groupBySharedText(rows: readonly TextRow[]): TextRow[][] {
  const parent = rows.map((_, i) => i);
  const root = (i: number): number => {
    let at = i;
    for (let up = parent[at] ?? at; up !== at; up = parent[at] ?? at) {
      parent[at] = parent[up] ?? up;
      at = up;
    }
    return at;
  };
  const firstWith = new Map<string, number>();
  for (const [i, row] of rows.entries()) {
    for (const text of row.texts.map(normal)) {
      const other = firstWith.get(text);
      if (other === undefined) firstWith.set(text, i);
      else parent[root(i)] = root(other);
    }
  }
  const groups = new Map<number, TextRow[]>();
  for (const [i, row] of rows.entries()) {
    const group = groups.get(root(i));
    if (group === undefined) groups.set(root(i), [row]);
    else group.push(row);
  }
  return [...groups.values()];
}

/**
 * All three splits out of one file without an official division. Rows that share a text stay together, so that no split
 * knows a sentence of another; test and validation take whole groups until they have at least their rows.
 */
export function cutAll(
  rows: readonly TextRow[],
  testRows: number,
  preset: ScalePreset,
  name: string,
): TextSplits {
  const groups = groupBySharedText(rows);
  const test: TextRow[] = [];
  const validation: TextRow[] = [];
  const rest: TextRow[] = [];
  for (const group of pick(groups, drawRows(groups.length, name))) {
    if (test.length < testRows) test.push(...group);
    else if (validation.length < preset.validationRows) validation.push(...group);
    else rest.push(...group);
  }
  return finish(rest, { validation, test }, preset);
}

/** A row with what it must not share with rows of another split, beside its texts: the words that a gloss defines. */
export interface KeyedRow extends TextRow {
  readonly keys: readonly string[];
}

/**
 * All three splits out of one file whose rows hang together by their keys in one great knot, so that whole groups cannot
 * be divided. Test rows are drawn by the task's name; validation rows share no key or text with them, training rows none
 * with either. What is left between two splits is in none.
 */
export function cutByKeys(
  rows: readonly KeyedRow[],
  testRows: number,
  preset: ScalePreset,
  name: string,
): TextSplits {
  const drawn = pick(rows, drawRows(rows.length, name));
  const held = new Set<string>();
  const keysOf = ({ keys, texts }: KeyedRow) => [...keys, ...texts.map((text) => `text ${normal(text)}`)];
  /** The next rows that share nothing with those held, as many as wanted; their own keys are held from then on. */
  const take = (wanted: number) => {
    const taken: KeyedRow[] = [];
    for (const row of drawn) {
      if (taken.length === wanted) break;
      if (!keysOf(row).some((key) => held.has(key))) taken.push(row);
    }
    for (const row of taken) for (const key of keysOf(row)) held.add(key);
    return taken;
  };
  const test = take(testRows);
  const validation = take(preset.validationRows);
  return { test, validation, train: take(preset.trainRows ?? drawn.length) };
}
