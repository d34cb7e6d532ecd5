// A board made explorable: click a header to sort, filter by kind and words, change the plots' axis. The address holds the
// view. Without this script the page reads as it stands.
import {
  DEFAULT_VIEW,
  isShown,
  ordered,
  parseView,
  renderView,
  sortedBy,
  type View,
  type ViewRow,
  type Vocabulary,
} from "../lib/view-state.ts";

interface TableRow extends ViewRow {
  readonly line: HTMLTableRowElement;
}

const words = (text: string | undefined): string => text ?? "";

function columnsOf(
  table: HTMLTableElement,
): { id: string; better: "higher" | "lower" | "neutral"; head: HTMLElement; at: number }[] {
  const heads = [...table.querySelectorAll<HTMLElement>("thead th")];
  return heads.flatMap((head, at) => {
    const { column, better } = head.dataset;
    if (column === undefined || (better !== "higher" && better !== "lower" && better !== "neutral"))
      return [];
    return [{ id: column, better, head, at }];
  });
}

function rowsOf(table: HTMLTableElement, columns: ReturnType<typeof columnsOf>): TableRow[] {
  const lines = [...table.querySelectorAll<HTMLTableRowElement>("tbody tr:not([data-floor])")];
  return lines.map((line) => ({
    line,
    kind: words(line.dataset.kind),
    text: words(line.dataset.text),
    values: new Map(
      columns.flatMap(({ id, at }): [string, number][] => {
        const value = line.cells[at]?.dataset.value;
        return value === undefined ? [] : [[id, Number(value)]];
      }),
    ),
  }));
}

function start(table: HTMLTableElement, form: HTMLFormElement): void {
  const columns = columnsOf(table);
  const rows = rowsOf(table, columns);
  const body = table.tBodies[0];
  const atFirst = body === undefined ? [] : [...body.rows];
  const boxes = [...form.querySelectorAll<HTMLInputElement>("input[name=kind]")];
  const search = form.querySelector<HTMLInputElement>("input[name=q]");
  const axis = form.querySelector<HTMLSelectElement>("select[name=axis]");
  const count = form.querySelector("[data-count]");
  const empty = document.querySelector<HTMLElement>("[data-empty]");
  const points = [...document.querySelectorAll<SVGElement>("[data-row]")];
  const known: Vocabulary = { columns, kinds: boxes.map(({ value }) => value) };
  let view: View = DEFAULT_VIEW;

  function show(): void {
    const shown = new Set(rows.filter((row) => isShown(row, view)).map(({ line }) => line.id));
    for (const { line } of rows) line.hidden = !shown.has(line.id);
    for (const point of points) point.classList.toggle("away", !shown.has(words(point.dataset.row)));
    // In the page's own order the floor stands among the rows, in any other after them.
    const floors = atFirst.filter((line) => line.dataset.floor !== undefined);
    body?.append(
      ...(view.sort === null ? atFirst : [...ordered(rows, view, known).map(({ line }) => line), ...floors]),
    );
    for (const { id, head, better } of columns) {
      const sorted = view.sort === id;
      const rising = (better === "higher") === view.reversed;
      if (sorted) head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    }
    for (const figure of document.querySelectorAll<HTMLElement>("[data-figure]")) {
      const variants = [...figure.querySelectorAll<HTMLElement>("[data-scale]")];
      const wanted = view.axis ?? words(figure.dataset.first);
      const has = variants.some(({ dataset }) => dataset.scale === wanted);
      for (const variant of variants)
        variant.hidden = variant.dataset.scale !== (has ? wanted : figure.dataset.first);
    }
    for (const box of boxes) box.checked = view.kinds === null || view.kinds.includes(box.value);
    if (search !== null && search.value !== view.text) search.value = view.text;
    if (axis !== null) axis.value = view.axis ?? "";
    const hidden = rows.length - shown.size;
    if (count !== null)
      count.textContent = `${shown.size} of ${rows.length} rows shown${hidden > 0 ? `, ${hidden} hidden` : ""}`;
    if (empty !== null) empty.hidden = shown.size > 0 || rows.length === 0;
  }

  /** `push` makes a step that Back undoes; typing only changes the step it belongs to. */
  function go(next: View, push: boolean): void {
    const before = renderView(view);
    view = next;
    const query = renderView(view);
    const address = `${location.pathname}${query}${location.hash}`;
    if (query !== before) history[push ? "pushState" : "replaceState"](null, "", address);
    show();
  }

  /** Reads the address; what it says and the board does not know is dropped from both. */
  function readAddress(): void {
    view = parseView(location.search, known);
    const query = renderView(view);
    if (query !== location.search)
      history.replaceState(null, "", `${location.pathname}${query}${location.hash}`);
    show();
  }

  for (const { id, head } of columns) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => go(sortedBy(view, id), true));
    head.append(button);
  }
  form.addEventListener("change", (event) => {
    if (event.target === search) return;
    const ticked = boxes.filter(({ checked }) => checked).map(({ value }) => value);
    const chosen = axis?.value;
    const kinds = ticked.length === boxes.length ? null : ticked;
    go({ ...view, kinds, axis: chosen === "log" || chosen === "linear" ? chosen : null }, true);
  });
  let typing = false;
  search?.addEventListener("input", () => {
    go({ ...view, text: search.value }, !typing);
    typing = true;
  });
  search?.addEventListener("blur", () => {
    typing = false;
  });
  const reset = (event: Event): void => {
    event.preventDefault();
    go(DEFAULT_VIEW, true);
  };
  form.addEventListener("reset", reset);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.querySelector("[data-reset]")?.addEventListener("click", reset);
  addEventListener("popstate", readAddress);
  form.hidden = false;
  readAddress();
}

const table = document.querySelector<HTMLTableElement>("table[data-board]");
const form = document.querySelector<HTMLFormElement>("form[data-filter]");
if (table !== null && form !== null) start(table, form);
