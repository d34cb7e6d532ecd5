// What is compared, as the query of the address and back: rows of one board, or single runs. Pure.

export const LEAST = 2;
export const MOST = 4;

export type Compared =
  | { readonly kind: "rows"; readonly board: string; readonly rows: readonly string[] }
  | { readonly kind: "runs"; readonly runs: readonly string[] };

const ROW = /^[a-z0-9-]{1,100}$/;
const RUN = /^[0-9a-f]{16}$/;

const listed = (text: string | null, form: RegExp): string[] => [
  ...new Set((text ?? "").split(",").filter((word) => form.test(word))),
];

/** Reads a query (`?board=glue-sst2-small&rows=a,b`, `?runs=a,b`); `boards` are those that the site has. */
export function parseCompared(query: string, boards: readonly string[]): Compared {
  const given = new URLSearchParams(query);
  const runs = listed(given.get("runs"), RUN).slice(0, MOST);
  if (runs.length > 0) return { kind: "runs", runs };
  const board = boards.find((slug) => slug === given.get("board"));
  const rows = board === undefined ? [] : listed(given.get("rows"), ROW).slice(0, MOST);
  return { kind: "rows", board: board ?? boards[0] ?? "", rows };
}

/** The query of a comparison. */
export const renderCompared = (compared: Compared): string =>
  compared.kind === "runs"
    ? `?runs=${compared.runs.join(",")}`
    : `?board=${compared.board}${compared.rows.length === 0 ? "" : `&rows=${compared.rows.join(",")}`}`;
