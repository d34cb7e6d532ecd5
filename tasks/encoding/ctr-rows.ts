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

/** The first rows of a stream, as many as the preset wants. */
export const firstRows = (rows: CtrRows, count: number | null): CtrRows =>
  count === null ? rows : filtered(rows, (position) => position < count);
