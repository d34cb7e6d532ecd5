// A view of a board as text to copy: CSV, Markdown, LaTeX, and BibTeX of the board with its methods' papers. Pure.
import type { BoardData, MetricData, RowData } from "./board-data.ts";
import { type CsvValue, renderCsv } from "./csv.ts";
import { metricOf, valueText } from "./explore.ts";

export const COPY_FORMATS = ["CSV", "Markdown", "LaTeX", "BibTeX"] as const;
export type CopyFormat = (typeof COPY_FORMATS)[number];

export interface CopiedView {
  readonly board: BoardData;
  /** Rows in the view's order. */
  readonly rows: readonly RowData[];
  /** Ids of the metrics shown. */
  readonly columns: readonly string[];
  /** Address of the view. */
  readonly address: string;
  /** Rows that the view hides. */
  readonly hidden: number;
}

const rankText = ({ rank, shared }: RowData): string => (rank === null ? "" : `${shared ? "=" : ""}${rank}`);

const outcomes = ({ runs }: RowData): string => {
  const counts = new Map<string, number>();
  for (const { state } of runs) if (state !== "ok") counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
};

const seeds = ({ runs }: RowData): number => runs.filter(({ state }) => state === "ok").length;

const metricsOf = ({ board, columns }: CopiedView): MetricData[] =>
  columns.flatMap((id) => metricOf(board, id) ?? []);

function csv(view: CopiedView): string {
  const metrics = metricsOf(view);
  const numbers = (row: RowData): CsvValue[] =>
    metrics.flatMap(({ id }) => {
      const [mean, low, high] = row.values[id] ?? [null, null, null];
      return [mean, low, high];
    });
  return renderCsv(
    [
      "rank",
      "method",
      "settings",
      "kind",
      "n",
      "marks",
      "outcomes",
      ...metrics.flatMap(({ id, unit }) => [`${id} (${unit})`, `${id} low`, `${id} high`]),
    ],
    view.rows.map((row) => [
      rankText(row),
      row.method,
      row.difference,
      row.kind,
      seeds(row),
      row.flags.join(" "),
      outcomes(row),
      ...numbers(row),
    ]),
  );
}

const named = ({ title, difference }: RowData): string =>
  difference === "" ? title : `${title} (${difference})`;

const cells = (view: CopiedView, row: RowData): string[] => [
  rankText(row),
  named(row),
  String(seeds(row)),
  ...metricsOf(view).map((metric) => {
    const value = row.values[metric.id];
    return value === undefined ? "–" : valueText(value, metric);
  }),
];

const header = (view: CopiedView): string[] => [
  "rank",
  "method",
  "n",
  ...metricsOf(view).map(({ short }) => short),
];

const about = ({ board, hidden, address }: CopiedView): string =>
  `${board.title}: ${board.spec}, ${board.engine}, protocol ${board.protocol}, data ${board.data}; mean over n seeds [95 % bootstrap interval]${hidden === 0 ? "" : `; ${hidden} rows hidden`}. ${address}`;

function markdown(view: CopiedView): string {
  const plain = (text: string): string => text.replace(/[\\|<>*_`]/g, "\\$&").replace(/\s+/g, " ");
  const line = (words: readonly string[]): string => `| ${words.map(plain).join(" | ")} |`;
  const rule = `| ${header(view)
    .map((_, i) => (i === 1 ? "---" : "---:"))
    .join(" | ")} |`;
  return [
    line(header(view)),
    rule,
    ...view.rows.map((row) => line(cells(view, row))),
    "",
    plain(about(view)),
    "",
  ].join("\n");
}

const LATEX: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "–": "--",
  µ: "\\textmu{}",
  "…": "\\ldots{}",
};

/** Text that LaTeX prints as it is. */
const latexText = (text: string): string =>
  text.replace(/[\\~^–µ…&%$#_{}]/g, (character) => LATEX[character] ?? `\\${character}`);

function latex(view: CopiedView): string {
  const line = (words: readonly string[]): string => `  ${words.map(latexText).join(" & ")} \\\\`;
  const shape = header(view)
    .map((_, i) => (i === 1 ? "l" : "r"))
    .join("");
  return [
    `% ${about(view).replace(/\s+/g, " ")}`,
    `\\begin{tabular}{${shape}}`,
    "  \\hline",
    line(header(view)),
    "  \\hline",
    ...view.rows.map((row) => line(cells(view, row))),
    "  \\hline",
    "\\end{tabular}",
    "",
  ].join("\n");
}

function bibtex({ board, rows, address }: CopiedView): string {
  const newest = board.newest.slice(0, 10);
  const entry = [
    `@misc{rankbench-${board.slug},`,
    `  title = {{Rankbench: ${latexText(board.title)}}},`,
    `  howpublished = {Board of runs on ${latexText(board.spec)}, engine ${latexText(board.engine)}, protocol ${board.protocol}},`,
    `  year = {${newest.slice(0, 4)}},`,
    `  note = {Newest run of ${newest}; judged by ${latexText(metricOf(board, board.quality)?.title ?? board.quality)}},`,
    `  url = {${address}}`,
    "}",
  ].join("\n");
  const methods = [...new Set(rows.map(({ method }) => method))];
  return `${[entry, ...methods.flatMap((id) => board.papers[id] ?? [])].join("\n\n")}\n`;
}

const RENDERERS: Readonly<Record<CopyFormat, (view: CopiedView) => string>> = {
  CSV: csv,
  Markdown: markdown,
  LaTeX: latex,
  BibTeX: bibtex,
};

export const copyText = (format: CopyFormat, view: CopiedView): string => RENDERERS[format](view);
