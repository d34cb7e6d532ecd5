// A board as plain data for its JSON file, for the pages' scripts and for the pictures made at build.
import { METRICS, QUALITY_METRICS } from "#harness/record/metrics.ts";
import type { BoardData, MetricData, RowData, ValueData } from "../lib/board-data.ts";
import type { Glyph } from "../lib/glyphs.ts";
import { paperEntry } from "./bibtex.ts";
import type { Board, BoardRow } from "./board.ts";
import type { Cell } from "./cells.ts";
import type { Checkout } from "./checkout.ts";

const valueData = ({ value, bounds, n }: Cell): ValueData | null =>
  value === null ? null : [value, bounds?.low ?? null, bounds?.high ?? null, n];

function rowData(row: BoardRow, glyph: Glyph): RowData {
  const cells = [...row.all.values()];
  return {
    id: row.id,
    method: row.method,
    title: row.title,
    kind: row.kind,
    difference: row.difference,
    label: row.label,
    glyph,
    rank: row.rank,
    shared: row.shared,
    flags: row.flags,
    config: row.config,
    runs: row.runs,
    values: Object.fromEntries(
      cells.flatMap((cell): [string, ValueData][] => {
        const value = valueData(cell);
        return value === null ? [] : [[cell.metric, value]];
      }),
    ),
    seeds: Object.fromEntries(
      cells
        .filter(({ metric, n }) => metric in QUALITY_METRICS && n > 0)
        .map(({ metric, bySeed }) => [metric, row.runs.map(({ seed }) => bySeed.get(seed) ?? null)]),
    ),
  };
}

export function boardData(board: Board, glyphs: ReadonlyMap<string, Glyph>, checkout: Checkout): BoardData {
  const { key } = board;
  const methods = [...new Set(board.rows.map(({ method }) => method))];
  return {
    slug: board.slug,
    title: board.title,
    task: board.task,
    family: board.family,
    taskVersion: key.taskVersion,
    scale: board.scale,
    spec: key.spec,
    engine: key.engine,
    protocol: key.protocol,
    data: key.data,
    quality: board.quality,
    flags: board.flags,
    newest: board.newest,
    metrics: board.metrics.map(
      (id): MetricData => ({
        id,
        title: METRICS[id].title,
        short: METRICS[id].short,
        unit: METRICS[id].unit,
        direction: METRICS[id].direction,
        quality: id in QUALITY_METRICS,
      }),
    ),
    rows: board.rows.map((row) => rowData(row, glyphs.get(row.method) ?? { colour: 0, shape: "circle" })),
    papers: Object.fromEntries(
      methods.flatMap((id): [string, string][] => {
        const paper = checkout.methods.get(id)?.paper ?? null;
        return paper === null ? [] : [[id, paperEntry(id, paper)]];
      }),
    ),
  };
}
