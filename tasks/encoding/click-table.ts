// Rows of click logs that are tables: one column holds the click, others the fields. Empty cells are missing values.
import type { ResolvedFile } from "#harness/data/source.ts";
import type { Row } from "#harness/data/table.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import type { CtrRow, CtrRows } from "./ctr-rows.ts";

export interface ClickTable<K extends string> {
  readonly file: ResolvedFile;
  /** The column of 0 and 1. */
  readonly label: K;
  /** Columns of the fields, in order. */
  readonly fields: readonly K[];
  /** Rows by all these columns, anew at every call. */
  read(): AsyncIterable<Row<K>>;
  /** A cell as the field wants it; left out: as it is. */
  cell?(field: K, text: string): string;
}

/** The table as a stream of rows. Throws `data` errors. */
export function clickRows<K extends string>({ file, label, fields, read, cell }: ClickTable<K>): CtrRows {
  return {
    file: file.name,
    async *read(): AsyncGenerator<CtrRow> {
      for await (const { cells, line } of read()) {
        const click = cells[label];
        if (click !== "0" && click !== "1") {
          throw new RankbenchError({
            reason: "data",
            thing: `file ${file.path}`,
            problem: "a click is neither 0 nor 1",
            field: `line ${line}, ${label}`,
            value: click,
            wanted: "0 or 1",
            next: "get an undamaged copy of the file: bench data verify says which copies are good",
          });
        }
        yield {
          cells: fields.map((field) => cell?.(field, cells[field]) ?? cells[field]),
          label: click === "1" ? 1 : 0,
          line,
        };
      }
    },
  };
}
