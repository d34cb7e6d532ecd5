// Files of text tasks as rows: which column or field holds texts and target. Formats themselves are harness/data's.
import { readBytes } from "#harness/data/content.ts";
import { readJsonl } from "#harness/data/jsonl.ts";
import type { ResolvedFile, ResolvedSource } from "#harness/data/source.ts";
import type { Row } from "#harness/data/table.ts";
import type { TextInput } from "#harness/data/text.ts";
import { readTsv } from "#harness/data/tsv.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import type { TextRow, TextSplits } from "./rows.ts";

/** The number behind a label as written in a file; `place` is named when there is none. Throws `data` errors. */
export type TargetReader = (label: string, place: string) => number;

function badLabel(place: string, label: string, wanted: string): RankbenchError {
  return new RankbenchError({
    reason: "data",
    thing: place,
    problem: "a label is none of the task's",
    field: "label",
    value: label,
    wanted,
    next: "get an undamaged copy of the file: bench data verify says which copies are good",
  });
}

/** Class ids of labels by their position in `labels`: `["0", "1"]`, `["not_entailment", "entailment"]`. */
export function classOf(labels: readonly string[]): TargetReader {
  const ids = new Map(labels.map((label, i) => [label, i]));
  return (label, place) => {
    const id = ids.get(label);
    if (id === undefined) throw badLabel(place, label, labels.join(", "));
    return id;
  };
}

/** Values in [low, high], divided by `high`. */
export const shareOf =
  (low: number, high: number): TargetReader =>
  (label, place) => {
    const value = Number(label);
    if (label.trim() === "" || !(value >= low && value <= high))
      throw badLabel(place, label, `a number from ${low} to ${high}`);
    return value / high;
  };

/** Which columns of a tab-separated file mean what; `names` for a file without a header line. */
export interface TextColumns {
  readonly label: string;
  readonly texts: readonly [string] | readonly [string, string];
  readonly names?: readonly string[];
}

/** A file of a resolved source; a name that the source does not have is a defect of the task. */
export function fileOf(source: ResolvedSource, name: string): ResolvedFile {
  const file = source.files.get(name);
  if (file === undefined) throw new Error(`source ${source.id} has no file ${name}`);
  return file;
}

const place = (input: TextInput, line: number) =>
  `file ${"name" in input ? input.name : input.path}, line ${line}`;

// Texts are trimmed: rows of GLUE's SST-2 end in a space, which a tokenizer would turn into a token of its own.
function textsOf(
  cells: Readonly<Record<string, string>>,
  columns: TextColumns["texts"],
): [string] | [string, string] {
  const [first, second] = columns;
  const text = (name: string) => (cells[name] ?? "").trim();
  return second === undefined ? [text(first)] : [text(first), text(second)];
}

const tsvOptions = ({ label, texts, names }: TextColumns, ...more: readonly string[]) => ({
  columns: [...more, label, ...texts],
  ...(names === undefined ? {} : { names }),
});

function toRow({ cells, line }: Row<string>, file: TextInput, columns: TextColumns, target: TargetReader) {
  return {
    texts: textsOf(cells, columns.texts),
    target: target(cells[columns.label] ?? "", place(file, line)),
  };
}

/** Rows of a tab-separated file; `keep` sees the further columns named in `also`. */
export async function tsvRows(
  file: TextInput,
  columns: TextColumns,
  target: TargetReader,
  filter?: { readonly also: readonly string[]; keep(cells: Readonly<Record<string, string>>): boolean },
): Promise<TextRow[]> {
  const rows: TextRow[] = [];
  for await (const row of readTsv(file, tsvOptions(columns, ...(filter?.also ?? []))))
    if (filter === undefined || filter.keep(row.cells)) rows.push(toRow(row, file, columns, target));
  return rows;
}

/** An embedded sample: the columns `split` (train, dev, test), `label` and one or two texts. */
export async function sampleSplits(
  file: ResolvedFile,
  texts: TextColumns["texts"],
  target: TargetReader,
): Promise<TextSplits> {
  const splits = { train: [] as TextRow[], dev: [] as TextRow[], test: [] as TextRow[] };
  const columns = { label: "label", texts };
  for await (const row of readTsv(file, tsvOptions(columns, "split"))) {
    const { split } = row.cells;
    if (split !== "train" && split !== "dev" && split !== "test")
      throw new Error(`${place(file, row.line)}: split "${split}"`);
    splits[split].push(toRow(row, file, columns, target));
  }
  return { train: splits.train, validation: splits.dev, test: splits.test };
}

/** Rows of `{"label": 0, "text": "..."}` lines; `clean` prepares the text. Throws `data` errors. */
export async function jsonlRows(
  file: ResolvedFile,
  target: TargetReader,
  clean: (text: string) => string,
): Promise<TextRow[]> {
  const rows: TextRow[] = [];
  for await (const { line, value } of readJsonl(file)) {
    const { label, text } = (value ?? {}) as { readonly label?: unknown; readonly text?: unknown };
    if (typeof text !== "string" || typeof label !== "number") {
      throw new RankbenchError({
        reason: "data",
        thing: `file ${file.path}`,
        problem: "a line is not a labelled text",
        field: `line ${line}`,
        value: JSON.stringify(value).slice(0, 80),
        wanted: '{"label": <number>, "text": <string>}',
      });
    }
    rows.push({ texts: [clean(text).trim()], target: target(String(label), place(file, line)) });
  }
  return rows;
}

/** Windows-1252 where it differs from ISO 8859-1: bytes 80 to 9F. Its five unused bytes keep their control character. */
const WINDOWS_1252 =
  "\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f" +
  "\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178";

/** Windows-1252 text. By table, because TextDecoder's windows-1252 has differed between Node versions. */
export const westernText = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString("latin1")
    .replace(/[\x80-\x9f]/g, (byte) => WINDOWS_1252[byte.charCodeAt(0) - 0x80] ?? byte);

/** Lines of a Windows-1252 file (TREC, SUBJ), with their 1-based numbers, empty ones left out. */
export async function westernLines(
  file: ResolvedFile,
): Promise<readonly { readonly line: number; readonly text: string }[]> {
  return westernText(await readBytes(file))
    .split("\n")
    .map((line, i) => ({ line: i + 1, text: line.trim() }))
    .filter((line) => line.text !== "");
}
