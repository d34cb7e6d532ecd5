// What a reader has chosen on a board (order, filters, axis), as the query of the address and back. Pure: the browser's
// script and the tests use it alike, and no DOM is known here.

export type Better = "higher" | "lower" | "neutral";

/** A column that can be sorted by. */
export interface SortColumn {
  readonly id: string;
  readonly better: Better;
}

/** The words that a board knows; a query that says others is read as if it did not say them. */
export interface Vocabulary {
  readonly columns: readonly SortColumn[];
  readonly kinds: readonly string[];
}

export type AxisScale = "log" | "linear";

export interface View {
  /** Column to sort by; null for the order of the page. */
  readonly sort: string | null;
  /** Worst first instead of best first. */
  readonly reversed: boolean;
  /** Kinds shown; null for all. */
  readonly kinds: readonly string[] | null;
  /** Only rows whose text has all these words. */
  readonly text: string;
  /** Scale of the plots' cost axis; null for what the page was built with. */
  readonly axis: AxisScale | null;
}

export const DEFAULT_VIEW: View = { sort: null, reversed: false, kinds: null, text: "", axis: null };

const NONE = "none";
const MAX_TEXT = 100;

/** Reads a query (`?sort=-deployed-bytes&kind=adapter`). Unknown keys and values are dropped. */
export function parseView(query: string, known: Vocabulary): View {
  const given = new URLSearchParams(query);
  const sort = given.get("sort") ?? "";
  const column = known.columns.find(({ id }) => id === sort.replace(/^-/, ""));
  const axis = given.get("axis");
  return {
    sort: column?.id ?? null,
    reversed: column !== undefined && sort.startsWith("-"),
    kinds: parseKinds(given.get("kind"), known.kinds),
    text: (given.get("q") ?? "").slice(0, MAX_TEXT),
    axis: axis === "log" || axis === "linear" ? axis : null,
  };
}

function parseKinds(text: string | null, known: readonly string[]): readonly string[] | null {
  if (text === null) return null;
  if (text === NONE) return [];
  const words = text.split(",");
  const kept = known.filter((kind) => words.includes(kind));
  return kept.length === 0 || kept.length === known.length ? null : kept;
}

/** The query of a view, `""` for the default one; one view has one query. */
export function renderView(view: View): string {
  const words: string[] = [];
  if (view.sort !== null) words.push(`sort=${view.reversed ? "-" : ""}${encodeURIComponent(view.sort)}`);
  if (view.kinds !== null) {
    words.push(`kind=${view.kinds.length === 0 ? NONE : view.kinds.map(encodeURIComponent).join(",")}`);
  }
  if (view.text.trim() !== "") words.push(`q=${encodeURIComponent(view.text)}`);
  if (view.axis !== null) words.push(`axis=${view.axis}`);
  return words.length === 0 ? "" : `?${words.join("&")}`;
}

/** What filters and orders look at in a row. */
export interface ViewRow {
  readonly kind: string;
  readonly text: string;
  /** Values by column; a column without a value is left out. */
  readonly values: ReadonlyMap<string, number>;
}

/** Whether the filters let a row through. */
export function isShown(row: Pick<ViewRow, "kind" | "text">, view: View): boolean {
  if (view.kinds !== null && !view.kinds.includes(row.kind)) return false;
  const text = row.text.toLowerCase();
  return view.text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Rows in the view's order: best first, or worst first when reversed; rows without a value last, equal ones as they stood. */
export function ordered<T extends ViewRow>(rows: readonly T[], view: View, known: Vocabulary): T[] {
  const column = known.columns.find(({ id }) => id === view.sort);
  if (column === undefined) return [...rows];
  const sign = (column.better === "higher" ? -1 : 1) * (view.reversed ? -1 : 1);
  return [...rows].sort((a, b) => {
    const [x, y] = [a.values.get(column.id), b.values.get(column.id)];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
    return sign * (x - y);
  });
}

/** The view after a click on a column's header: best first, then worst first, then the page's own order. */
export function sortedBy(view: View, column: string): View {
  if (view.sort !== column) return { ...view, sort: column, reversed: false };
  return view.reversed ? { ...view, sort: null, reversed: false } : { ...view, reversed: true };
}
