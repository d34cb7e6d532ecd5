// Pieces of Markdown that generated blocks are made of. Pure text in, text out.

/** Text that may stand in a table's cell: one line, pipes kept from ending the cell. */
const cell = (text: string): string => text.replace(/\s+/g, " ").replaceAll("|", "\\|").trim();

export interface Column {
  readonly title: string;
  readonly align?: "right";
}

/** A table; each row has as many cells as there are columns. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const wrong = rows.find((row) => row.length !== columns.length);
  if (wrong !== undefined)
    throw new Error(`a row of ${wrong.length} cells in a table of ${columns.length} columns`);
  return [
    line(columns.map(({ title }) => cell(title))),
    `|${columns.map(({ align }) => (align === "right" ? " ---: " : " --- ")).join("|")}|`,
    ...rows.map((row) => line(row.map(cell))),
  ].join("\n");
}

export const code = (text: string): string => `\`${text}\``;

/** A fenced block that its content cannot close. */
export function fence(language: string, text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const mark = "`".repeat(longest + 1);
  return `${mark}${language}\n${text.replace(/\n+$/, "")}\n${mark}`;
}
