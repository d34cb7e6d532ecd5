// Rows of click-through tasks as a stream that can be read again, and how one stream becomes two. Holds no row.
import type { ScalePreset } from "#harness/task/contract.ts";
import { drawRows } from "./rows.ts";

export interface CtrRow {
  /** One cell a field, in the order of the task's fields; empty where the value is missing. */
  readonly cells: readonly string[];
  readonly label: 0 | 1;
  /** 1-based line of its file. */
  readonly line: number;
}

/** The same rows at every call of `read`. */
export interface CtrRows {
  /** Name of the file, for messages. */
  readonly file: string;
  read(): AsyncIterable<CtrRow>;
}

export interface CtrSplits {
  readonly train: CtrRows;
  readonly validation: CtrRows;
  readonly test: CtrRows;
}

/** Rows whose position is kept. */
function filtered({ file, read }: CtrRows, keep: (position: number) => boolean): CtrRows {
  return {
    file,
    async *read() {
      let position = 0;
      for await (const row of read()) if (keep(position++)) yield row;
    },
  };
}

/**
 * Validation rows drawn from `rows` by the task's name, and as many training rows of the rest as the preset wants. One
 * byte a row is held.
 */
export async function drawValidation(
  rows: CtrRows,
  preset: Pick<ScalePreset, "trainRows" | "validationRows">,
  name: string,
): Promise<Pick<CtrSplits, "train" | "validation">> {
  let size = 0;
  for await (const _ of rows.read()) size++;
  const [validation, train] = [1, 2];
  const part = new Uint8Array(size);
  const last = preset.validationRows + (preset.trainRows ?? size);
  for (const [i, position] of drawRows(size, name).entries())
    if (i < last) part[position] = i < preset.validationRows ? validation : train;
  return {
    validation: filtered(rows, (position) => part[position] === validation),
    train: filtered(rows, (position) => part[position] === train),
  };
}

/** Rows in memory as a stream. */
const heldRows = (file: string, rows: readonly CtrRow[]): CtrRows => ({
  file,
  async *read() {
    yield* rows;
  },
});

/** A row that happened at a time, in any unit. */
export interface TimedRow extends CtrRow {
  readonly time: number;
}

/** Rows as lists of one key, in order of each list's first row. */
function groups<T extends CtrRow>(rows: readonly T[], keyOf: (row: T) => string): T[][] {
  const found = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = found.get(key);
    if (group === undefined) found.set(key, [row]);
    else group.push(row);
  }
  return [...found.values()];
}

/**
 * Of rows in order of time, the last share of everybody's is test, what comes right before is validation, the rest training:
 * for nobody is a later row known before an earlier one is asked for. Rows of one time are never divided. `person` says
 * whose a row is; splits are sized over all rows and differ by the rounding of each person's.
 */
export function cutByPersonalTime(
  { file, rows }: { readonly file: string; readonly rows: readonly TimedRow[] },
  testShare: number,
  preset: Pick<ScalePreset, "trainRows" | "validationRows">,
  person: (row: TimedRow) => string,
): CtrSplits {
  const parts = { train: [] as TimedRow[], validation: [] as TimedRow[], test: [] as TimedRow[] };
  const held = testShare + preset.validationRows / rows.length;
  for (const own of groups(rows, person)) {
    const border = (wanted: number) => {
      let at = Math.max(0, Math.round(wanted));
      while (at > 0 && at < own.length && own[at]?.time === own[at - 1]?.time) at++;
      return at;
    };
    const test = border(own.length * (1 - testShare));
    const validation = border(own.length * (1 - held));
    parts.train.push(...own.slice(0, validation));
    parts.validation.push(...own.slice(validation, test));
    parts.test.push(...own.slice(test));
  }
  const { train, validation, test } = parts;
  return {
    train: heldRows(file, train.slice(0, preset.trainRows ?? train.length)),
    validation: heldRows(file, validation),
    test: heldRows(file, test),
  };
}

/** Test is a share of the rows, drawn by the task's name; validation and training follow in the drawn order. */
export function cutAtRandom(
  { file, rows }: { readonly file: string; readonly rows: readonly CtrRow[] },
  testShare: number,
  preset: Pick<ScalePreset, "trainRows" | "validationRows">,
  name: string,
): CtrSplits {
  const drawn = [...drawRows(rows.length, name)].flatMap((i) => rows.slice(i, i + 1));
  const test = Math.round(rows.length * testShare);
  const validation = test + preset.validationRows;
  const train = preset.trainRows === null ? drawn.length : validation + preset.trainRows;
  return {
    train: heldRows(file, drawn.slice(validation, train)),
    validation: heldRows(file, drawn.slice(test, validation)),
    test: heldRows(file, drawn.slice(0, test)),
  };
}

/** The first rows of a stream, as many as the preset wants. */
export const firstRows = (rows: CtrRows, count: number | null): CtrRows =>
  count === null ? rows : filtered(rows, (position) => position < count);
