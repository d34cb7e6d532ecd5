// Tab-separated text without any quoting, as GLUE uses it: a quotation mark is a character like others, and a row is
// exactly one line.
import { type Row, selectColumns, type TableOptions } from "./table.ts";
import { readLines, type TextInput } from "./text.ts";

async function* rawRows(input: TextInput) {
  for await (const { number, text } of readLines(input)) yield { line: number, values: text.split("\t") };
}

/** The data rows, cells verbatim. Throws `data` errors: encoding, missing column, row of another width. */
export function readTsv<K extends string>(
  input: TextInput,
  options: TableOptions<K>,
): AsyncGenerator<Row<K>> {
  return selectColumns(input, rawRows(input), options);
}
