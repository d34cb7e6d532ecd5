// From rows of cells to rows of ids in one table: an encoder of every column, learned in one pass over training rows.
import { RankbenchError } from "#harness/failure/error.ts";
import type { TableField } from "#harness/nn/field-embedding.ts";
import { type FieldEncoder, type FieldSpec, fitField } from "./categorical-field.ts";
import type { CtrRow, CtrRows } from "./ctr-rows.ts";

export interface CtrEncoder {
  /** The columns as parts of one table, with training frequencies. */
  readonly fields: readonly TableField[];
  /** Ids of a row, counted over the whole table, into `ids` [fields]. Throws a `data` error for a cell of no number. */
  encode(row: CtrRow, file: string, ids: Int32Array): void;
}

const badCell = (file: string, line: number, field: string, cell: string) =>
  new RankbenchError({
    reason: "data",
    thing: `file ${file}`,
    problem: "a cell of a number column is no number",
    field: `line ${line}, ${field}`,
    value: cell,
    wanted: "a number, or an empty cell for a missing one",
    next: "get an undamaged copy of the file: bench data verify says which copies are good",
  });

/** Learns every column from `train` alone. Holds the distinct values of each, never the rows. Throws `data` errors. */
export async function fitEncoder(specs: readonly FieldSpec[], train: CtrRows): Promise<CtrEncoder> {
  const fits = specs.map(fitField);
  for await (const { cells, line } of train.read()) {
    for (const [f, fit] of fits.entries()) {
      const cell = cells[f] ?? "";
      if (!fit.see(cell)) throw badCell(train.file, line, fit.name, cell);
    }
  }
  const fields: (TableField & { readonly encoder: FieldEncoder })[] = [];
  let offset = 0;
  for (const fit of fits) {
    const encoder = fit.encoder();
    fields.push({ name: fit.name, offset, counts: encoder.counts, encoder });
    offset += encoder.counts.length;
  }
  return {
    fields: fields.map(({ name, offset, counts }) => ({ name, offset, counts })),
    encode({ cells, line }, file, ids) {
      for (const [f, field] of fields.entries()) {
        const cell = cells[f] ?? "";
        const row = field.encoder.rowOf(cell);
        if (row === null) throw badCell(file, line, field.name, cell);
        ids[f] = field.offset + row;
      }
    },
  };
}
