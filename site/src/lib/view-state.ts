// What a reader has chosen on a board (order, filters, plot), as the query of the address and back. Pure: the browser's
// script and the tests use it alike, and no DOM is known here.
import type { ScaleKind } from "../draw/axis.ts";
import { parseAmount } from "./amount.ts";

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
  readonly fidelities: readonly string[];
  readonly families: readonly string[];
  /** Metrics that can be an axis. */
  readonly metrics: readonly string[];
}

export const TUNED = ["tuned", "default"] as const;
export type Tuned = (typeof TUNED)[number];

export interface View {
  /** Column to sort by; null for the order of the page. */
  readonly sort: string | null;
  /** Worst first instead of best first. */
  readonly reversed: boolean;
  /** Kinds shown; null for all. */
  readonly kinds: readonly string[] | null;
  /** Fidelities shown; null for all. */
  readonly fidelities: readonly string[] | null;
  /** Only methods that take tasks of this family too. */
  readonly family: string | null;
  readonly tuned: Tuned | null;
  /** Only methods whose paper is of this year or later, and of this year or earlier. */
  readonly from: number | null;
  readonly to: number | null;
  /** Only deployed models of at most this size, as it was written: `20 MiB`. */
  readonly size: string | null;
  /** Only rows whose text has all these words. */
  readonly text: string;
  /** Axes of the plot and their scales; null for what the page was built with. */
  readonly x: string | null;
  readonly y: string | null;
  readonly xScale: ScaleKind | null;
  readonly yScale: ScaleKind | null;
}

export const DEFAULT_VIEW: View = {
  sort: null,
  reversed: false,
  kinds: null,
  fidelities: null,
  family: null,
  tuned: null,
  from: null,
  to: null,
  size: null,
  text: "",
  x: null,
  y: null,
  xScale: null,
  yScale: null,
};

const NONE = "none";
const MAX_TEXT = 100;

const among = <T extends string>(text: string | null, known: readonly T[]): T | null =>
  known.find((each) => each === text) ?? null;

const SCALES: readonly ScaleKind[] = ["log", "linear"];

/** A year as digits; null for anything else. */
export const parseYear = (text: string | null): number | null =>
  text !== null && /^\d{4}$/.test(text) ? Number(text) : null;

/** A size that can be read; null for anything else. */
export function parseSizeText(text: string | null): string | null {
  const trimmed = (text ?? "").trim();
  return parseAmount(trimmed, "bytes") === null ? null : trimmed;
}

function parseList(text: string | null, known: readonly string[]): readonly string[] | null {
  if (text === null) return null;
  if (text === NONE) return [];
  const words = text.split(",");
  const kept = known.filter((each) => words.includes(each));
  return kept.length === 0 || kept.length === known.length ? null : kept;
}

/** Reads a query (`?sort=-deployed-bytes&kind=adapter`). Unknown keys and values are dropped. */
export function parseView(query: string, known: Vocabulary): View {
  const given = new URLSearchParams(query);
  const sort = given.get("sort") ?? "";
  const column = known.columns.find(({ id }) => id === sort.replace(/^-/, ""));
  return {
    sort: column?.id ?? null,
    reversed: column !== undefined && sort.startsWith("-"),
    kinds: parseList(given.get("kind"), known.kinds),
    fidelities: parseList(given.get("fidelity"), known.fidelities),
    family: among(given.get("family"), known.families),
    tuned: among(given.get("tuned"), TUNED),
    from: parseYear(given.get("from")),
    to: parseYear(given.get("to")),
    size: parseSizeText(given.get("size")),
    text: (given.get("q") ?? "").slice(0, MAX_TEXT),
    x: among(given.get("x"), known.metrics),
    y: among(given.get("y"), known.metrics),
    xScale: among(given.get("xscale"), SCALES),
    yScale: among(given.get("yscale"), SCALES),
  };
}

const listText = (words: readonly string[] | null): string | null =>
  words === null ? null : words.length === 0 ? NONE : words.join(",");

/** The query of a view, `""` for the default one; one view has one query. */
export function renderView(view: View): string {
  const parts: readonly (readonly [string, string | null])[] = [
    ["sort", view.sort === null ? null : `${view.reversed ? "-" : ""}${view.sort}`],
    ["kind", listText(view.kinds)],
    ["fidelity", listText(view.fidelities)],
    ["family", view.family],
    ["tuned", view.tuned],
    ["from", view.from === null ? null : String(view.from)],
    ["to", view.to === null ? null : String(view.to)],
    ["size", view.size],
    ["q", view.text.trim() === "" ? null : view.text],
    ["x", view.x],
    ["y", view.y],
    ["xscale", view.xScale],
    ["yscale", view.yScale],
  ];
  // A comma needs no escape in a query and reads better without one.
  const text = (value: string) => encodeURIComponent(value).replaceAll("%2C", ",");
  const words = parts.flatMap(([name, value]) => (value === null ? [] : [`${name}=${text(value)}`]));
  return words.length === 0 ? "" : `?${words.join("&")}`;
}

/** What filters and orders look at in a row. */
export interface ViewRow {
  readonly kind: string;
  readonly fidelity: string;
  readonly families: readonly string[];
  readonly tuned: boolean;
  readonly year: number | null;
  /** Deployed bytes; null where not known. */
  readonly size: number | null;
  readonly text: string;
  /** Values by column; a column without a value is left out. */
  readonly values: ReadonlyMap<string, number>;
}

/** Whether the view's filters let a row through. A row that does not say what a filter asks for stays out. */
export function rowFilter(view: View): (row: Omit<ViewRow, "values">) => boolean {
  const words = view.text.toLowerCase().split(/\s+/);
  const most = view.size === null ? null : parseAmount(view.size, "bytes");
  return (row) => {
    if (view.kinds !== null && !view.kinds.includes(row.kind)) return false;
    if (view.fidelities !== null && !view.fidelities.includes(row.fidelity)) return false;
    if (view.family !== null && !row.families.includes(view.family)) return false;
    if (view.tuned !== null && row.tuned !== (view.tuned === "tuned")) return false;
    if (view.from !== null && (row.year === null || row.year < view.from)) return false;
    if (view.to !== null && (row.year === null || row.year > view.to)) return false;
    if (most !== null && (row.size === null || row.size > most)) return false;
    const text = row.text.toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

/** Rows in the view's order: best first, or worst first when reversed; rows without a value last, equal ones as they stood. */
export function ordered<T extends Pick<ViewRow, "values">>(
  rows: readonly T[],
  view: View,
  known: Vocabulary,
): T[] {
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
