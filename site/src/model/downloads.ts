// The results as files for other programs: a table of all runs, a table a board, the metric catalogue.
import { canonicalJson } from "#harness/record/identity.ts";
import { METRIC_IDS, METRICS, type MetricId } from "#harness/record/metrics.ts";
import type { RunSummary } from "#harness/store/query.ts";
import type { BoardData } from "../lib/board-data.ts";
import { type CsvValue, csvLines, renderCsv } from "../lib/csv.ts";
import type { Board } from "./board.ts";

const header = (id: MetricId): string => `${id} (${METRICS[id].unit})`;

const RUN_COLUMNS = [
  "id",
  "task",
  "taskVersion",
  "scale",
  "method",
  "config",
  "seed",
  "engine",
  "spec",
  "protocol",
  "data",
  "dataVariant",
  "state",
  "contention",
  "latencyContention",
  "methodCode",
  "taskCode",
  "purpose",
  "tuned",
  "startedAt",
  "finishedAt",
] as const satisfies readonly (keyof RunSummary)[];

const plainRun = (run: RunSummary): CsvValue[] =>
  RUN_COLUMNS.map((name) => {
    const value = run[name];
    return value !== null && typeof value === "object" ? canonicalJson(value) : value;
  });

function numberOf(run: RunSummary, id: MetricId): number | null {
  const measured = run.metrics[id];
  return measured !== undefined && "value" in measured ? measured.value : null;
}

/** Runs in parts, so that ten thousand of them with their metrics never lie in memory together. */
export type RunParts = () => Iterable<readonly RunSummary[]>;

/** One line a run: identity, how it ended, every metric. A metric without a value is an empty cell. */
export function runsCsv(parts: RunParts): string {
  const text = [csvLines([[...RUN_COLUMNS, ...METRIC_IDS.map(header)]])];
  for (const runs of parts())
    text.push(csvLines(runs.map((run) => [...plainRun(run), ...METRIC_IDS.map((id) => numberOf(run, id))])));
  return text.join("");
}

/** The same as JSON, with the reasons of metrics that have no value. */
export function runsJson(parts: RunParts): string {
  const text: string[] = [];
  for (const runs of parts()) {
    for (const run of runs) {
      const facts = Object.fromEntries(RUN_COLUMNS.map((name) => [name, run[name]]));
      text.push(JSON.stringify({ ...facts, metrics: run.metrics }));
    }
  }
  return `[${text.join(",\n")}]\n`;
}

export const metricsJson = (): string => `${JSON.stringify(METRICS, null, 1)}\n`;

/** One line a row of a board: mean, bounds of the 95 % interval and number of seeds of each column. */
export const boardCsv = (board: Board): string =>
  renderCsv(
    [
      "rank",
      "method",
      "difference",
      "kind",
      "n",
      "marks",
      "fronts",
      ...board.columns.flatMap((id) => [`${header(id)} mean`, `${id} low`, `${id} high`, `${id} n`]),
    ],
    board.rows.map((row) => [
      row.rank,
      row.method,
      row.difference,
      row.kind,
      row.n,
      [...board.flags, ...row.flags].join(" "),
      row.fronts.join(" "),
      ...row.cells.flatMap(({ value, bounds, n }) => [value, bounds?.low ?? null, bounds?.high ?? null, n]),
    ]),
  );

/** The board with every metric, seed by seed; the pages' scripts read this same file. */
export const boardJson = (board: BoardData): string => `${JSON.stringify(board)}\n`;
