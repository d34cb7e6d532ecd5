// The table of a board made sortable and filterable. It reads what the page says of each row; no number is made here.
import { ordered, rowFilter, sortedBy, type View, type ViewRow } from "../lib/view-state.ts";
import type { BoardState } from "./board-state.ts";

export interface TableRow extends ViewRow {
  readonly id: string;
  readonly line: HTMLTableRowElement;
}

export interface TableColumn {
  readonly id: string;
  readonly better: "higher" | "lower" | "neutral";
  readonly head: HTMLElement;
  readonly at: number;
}

const words = (text: string | undefined): string => text ?? "";
const numberOf = (text: string | undefined): number | null =>
  text === undefined || text === "" ? null : Number(text);

export function columnsOf(table: HTMLTableElement): TableColumn[] {
  const heads = [...table.querySelectorAll<HTMLElement>("thead th")];
  return heads.flatMap((head, at) => {
    const { column, better } = head.dataset;
    if (column === undefined || (better !== "higher" && better !== "lower" && better !== "neutral"))
      return [];
    return [{ id: column, better, head, at }];
  });
}

export function rowsOf(table: HTMLTableElement, columns: readonly TableColumn[]): TableRow[] {
  const lines = [...table.querySelectorAll<HTMLTableRowElement>("tbody tr:not([data-floor])")];
  const size = columns.find(({ id }) => id === "deployed-bytes");
  return lines.map((line) => {
    const { dataset } = line;
    return {
      id: line.id,
      line,
      kind: words(dataset.kind),
      fidelity: words(dataset.fidelity),
      families: words(dataset.families).split(" "),
      tuned: dataset.tuned !== undefined,
      year: numberOf(dataset.year),
      size: size === undefined ? null : numberOf(line.cells[size.at]?.dataset.value),
      text: words(dataset.text),
      values: new Map(
        columns.flatMap(({ id, at }): [string, number][] => {
          const value = numberOf(line.cells[at]?.dataset.value);
          return value === null ? [] : [[id, value]];
        }),
      ),
    };
  });
}

export interface ShownRows {
  /** Ids of the rows that the filters let through, in the view's order. */
  shown(): readonly string[];
  hidden(): number;
}

export function boardTable(
  table: HTMLTableElement,
  columns: readonly TableColumn[],
  rows: readonly TableRow[],
  state: BoardState,
): ShownRows {
  const body = table.tBodies[0];
  const atFirst = body === undefined ? [] : [...body.rows];
  const floors = atFirst.filter((line) => line.dataset.floor !== undefined);
  const count = document.querySelector("[data-count]");
  const empty = document.querySelector<HTMLElement>("[data-empty]");
  let shown: readonly string[] = [];
  let order = "";

  function show(view: View): void {
    const passes = rowFilter(view);
    const inOrder = ordered(rows, view, state.known);
    for (const row of rows) row.line.hidden = !passes(row);
    shown = inOrder.filter(({ line }) => !line.hidden).map(({ id }) => id);
    const sorting = `${view.sort} ${view.reversed}`;
    // In the page's own order the floor stands among the rows, in any other after them.
    if (sorting !== order)
      body?.append(...(view.sort === null ? atFirst : [...inOrder.map(({ line }) => line), ...floors]));
    order = sorting;
    for (const { id, head, better } of columns) {
      const rising = (better === "higher") === view.reversed;
      if (view.sort === id) head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    }
    const hidden = rows.length - shown.length;
    if (count !== null)
      count.textContent = `${shown.length} of ${rows.length} rows shown${hidden > 0 ? `, ${hidden} hidden` : ""}`;
    if (empty !== null) empty.hidden = shown.length > 0 || rows.length === 0;
  }

  order = "null false";
  for (const { id, head } of columns) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => state.go(sortedBy(state.view(), id), true));
    head.append(button);
  }
  document.querySelector("[data-reset]")?.addEventListener("click", () => state.reset());
  state.watch(show);
  return { shown: () => shown, hidden: () => rows.length - shown.length };
}
