// Plain tables for a terminal: aligned columns without vertical lines, split into blocks when they are too wide, the
// first column repeated in each block. Cells may hold several lines.
import { createRequire } from "node:module";
import type Table from "cli-table3";

// cli-table3 is CommonJS with `module.exports = Table`.
const CliTable = createRequire(import.meta.url)("cli-table3") as typeof Table;

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

/** Columns of words. */
export const leftColumns = (titles: readonly string[]): readonly Column[] =>
  titles.map((title) => ({ title, align: "left" }));

export interface TableInput {
  readonly columns: readonly Column[];
  /** One array of cells a row, as long as `columns`. */
  readonly rows: readonly (readonly string[])[];
  /** Width that no line may pass, where the content allows it. */
  readonly width: number;
  /** Columns that stand in each block, from the left; 1 when left out. */
  readonly repeated?: number;
}

const GAP = 2;

/** Columns that a text takes on a terminal, colour codes left out. */
export function visibleWidth(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with the escape character.
  const plain = text.replaceAll(/\u001B\[[0-9;]*m/g, "");
  return Math.max(0, ...plain.split("\n").map((line) => [...line].length));
}

/** The table's lines, blocks divided by an empty line. */
export function renderTable(input: TableInput): string[] {
  const { columns, rows, width, repeated = 1 } = input;
  const widths = columns.map((column, index) =>
    Math.max(visibleWidth(column.title), ...rows.map((row) => visibleWidth(row[index] ?? ""))),
  );
  return blocks(widths, width, repeated).flatMap((indices, block) => [
    ...(block === 0 ? [] : [""]),
    ...renderBlock(input, indices),
  ]);
}

/** Column indices of each block, filled from the left. */
function blocks(widths: readonly number[], width: number, repeated: number): number[][] {
  const fixed = widths.slice(0, repeated).map((_, index) => index);
  const size = (indices: readonly number[]) =>
    indices.reduce((sum, index) => sum + (widths[index] ?? 0) + GAP, -GAP);
  const found: number[][] = [];
  let current = [...fixed];
  for (let index = repeated; index < widths.length; index++) {
    if (current.length > fixed.length && size([...current, index]) > width) {
      found.push(current);
      current = [...fixed];
    }
    current.push(index);
  }
  found.push(current);
  return found;
}

function renderBlock({ columns, rows }: TableInput, indices: readonly number[]): string[] {
  const none = {
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
    left: "",
    "left-mid": "",
    mid: "",
    "mid-mid": "",
    right: "",
    "right-mid": "",
    middle: " ".repeat(GAP),
  };
  const table = new CliTable({
    head: indices.map((index) => columns[index]?.title ?? ""),
    chars: none,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: indices.map((index) => columns[index]?.align ?? "left"),
  });
  for (const row of rows) table.push(indices.map((index) => row[index] ?? ""));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}
