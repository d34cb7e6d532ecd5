// Comma-separated text by RFC 4180: quoted fields may hold commas, doubled quotation marks and line ends. Strict: text
// after a closing quotation mark, or one inside an unquoted field, is an error, for it means that rows are torn.
import { RankbenchError } from "#harness/failure/error.ts";
import { type Row, selectColumns, type TableOptions } from "./table.ts";
import { inputName, readLines, type TextInput } from "./text.ts";

function torn(input: TextInput, line: number, problem: string, value: string): RankbenchError {
  return new RankbenchError({
    reason: "data",
    thing: `file ${inputName(input)}`,
    problem,
    field: `line ${line}`,
    value,
    wanted: "CSV by RFC 4180",
    next: "a file without quoting rules is read as TSV or with another separator",
  });
}

async function* rawRows(input: TextInput, separator: string) {
  let values: string[] = [];
  /** Begun quoted field, or null outside quotes. */
  let quoted: string | null = null;
  let rowLine = 1;
  let quoteLine = 1;
  for await (const { number, text } of readLines(input, "keep-cr")) {
    if (quoted === null) {
      values = [];
      rowLine = number;
    }
    let at = 0;
    const end = text.endsWith("\r") ? text.length - 1 : text.length;
    for (;;) {
      if (quoted !== null) {
        const close = text.indexOf('"', at);
        if (close < 0) {
          quoted += `${text.slice(at)}\n`;
          break;
        }
        quoted += text.slice(at, close);
        at = close + 1;
        if (text[at] === '"') {
          quoted += '"';
          at++;
          continue;
        }
        if (at < end && !text.startsWith(separator, at))
          throw torn(input, number, "text follows a closing quotation mark", text.slice(at, at + 20));
        values.push(quoted);
        quoted = null;
      } else if (text[at] === '"') {
        quoted = "";
        quoteLine = number;
        at++;
        continue;
      } else {
        const next = text.indexOf(separator, at);
        const stop = next < 0 ? end : next;
        const field = text.slice(at, stop);
        if (field.includes('"')) throw torn(input, number, "an unquoted field holds a quotation mark", field);
        values.push(field);
        at = stop;
      }
      if (at >= end) break;
      at += separator.length;
    }
    if (quoted === null) yield { line: rowLine, values };
  }
  if (quoted !== null) throw torn(input, quoteLine, "a quoted field is never closed", quoted.slice(0, 20));
}

/** The data rows. Throws `data` errors: encoding, quoting, missing column, row of another width. */
export function readCsv<K extends string>(
  input: TextInput,
  options: TableOptions<K> & { readonly separator?: string },
): AsyncGenerator<Row<K>> {
  return selectColumns(input, rawRows(input, options.separator ?? ","), options);
}
