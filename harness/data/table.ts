// What TSV and CSV have in common: which cell is which column, and rows whose width is wrong.
import { RankbenchError } from "#harness/failure/error.ts";
import { nearest } from "#harness/failure/suggest.ts";
import { inputName, type TextInput } from "./text.ts";

/** A row by the columns that were asked for. */
export interface Row<K extends string> {
  /** 1-based line of the file on which the row begins. */
  readonly line: number;
  readonly cells: Readonly<Record<K, string>>;
}

export interface TableOptions<K extends string> {
  /** Columns wanted, by name. */
  readonly columns: readonly K[];
  /** Names of all columns of a file without a header line, in order. Left out, the first line is the header. */
  readonly names?: readonly string[];
}

interface RawRow {
  readonly line: number;
  readonly values: readonly string[];
}

function positions<K extends string>(
  name: string,
  header: readonly string[],
  columns: readonly K[],
): [K, number][] {
  return columns.map((column) => {
    const at = header.indexOf(column);
    if (at >= 0) return [column, at];
    const near = nearest(column, header);
    throw new RankbenchError({
      reason: "data",
      thing: `file ${name}`,
      problem: `it has no column "${column}"`,
      field: "line 1",
      value: header,
      wanted: columns.join(", "),
      ...(near === undefined ? {} : { next: `the nearest column is "${near}"` }),
    });
  });
}

/** Selects columns from raw rows; every row must be as wide as the header. Throws `data` errors with file and line. */
export async function* selectColumns<K extends string>(
  input: TextInput,
  rows: AsyncIterable<RawRow>,
  options: TableOptions<K>,
): AsyncGenerator<Row<K>> {
  const name = inputName(input);
  let width = options.names?.length;
  let wanted = options.names === undefined ? undefined : positions(name, options.names, options.columns);
  for await (const { line, values } of rows) {
    if (wanted === undefined || width === undefined) {
      width = values.length;
      wanted = positions(name, values, options.columns);
      continue;
    }
    if (values.length !== width) {
      throw new RankbenchError({
        reason: "data",
        thing: `file ${name}`,
        problem: "a row has the wrong number of columns",
        field: `line ${line}`,
        value: values.length,
        wanted: `${width}`,
      });
    }
    yield {
      line,
      cells: Object.fromEntries(wanted.map(([column, at]) => [column, values[at] ?? ""])) as Record<
        K,
        string
      >,
    };
  }
  if (wanted === undefined) {
    throw new RankbenchError({
      reason: "data",
      thing: `file ${name}`,
      problem: "it is empty",
      wanted: `a header line with ${options.columns.join(", ")}`,
    });
  }
}
