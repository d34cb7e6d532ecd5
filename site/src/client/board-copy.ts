// Copies the view of a board as CSV, Markdown, LaTeX or BibTeX. The text is shown as well, so that it can be taken by hand
// where the browser gives no clipboard.
import type { BoardData } from "../lib/board-data.ts";
import { COPY_FORMATS, copyText } from "../lib/table-text.ts";
import type { ShownRows } from "./board-table.ts";
import { readJson } from "./files.ts";

export function boardCopy(
  panel: HTMLElement,
  source: string,
  columns: readonly string[],
  table: ShownRows,
): void {
  const area = panel.querySelector("textarea");
  const said = panel.querySelector("output");
  if (area === null || said === null) return;
  async function copy(name: string): Promise<void> {
    const format = COPY_FORMATS.find((each) => each === name);
    if (format === undefined || area === null || said === null) return;
    const board = await readJson<BoardData>(source);
    const byId = new Map(board.rows.map((row) => [row.id, row]));
    const rows = table.shown().flatMap((id) => byId.get(id) ?? []);
    area.value = copyText(format, { board, rows, columns, address: location.href, hidden: table.hidden() });
    area.hidden = false;
    area.select();
    const done = await navigator.clipboard?.writeText(area.value).then(
      () => true,
      () => false,
    );
    said.value = done === true ? `${format} copied` : `${format} below: copy it with the keyboard`;
  }
  for (const button of panel.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
    button.addEventListener("click", () => {
      copy(button.dataset.copy ?? "").catch(() => {
        said.value = "the board's data file could not be read";
      });
    });
  }
  panel.hidden = false;
}
