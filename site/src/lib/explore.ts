// What a reader explores on a board: one metric against another, and what may be had below a limit. Pure; the build makes
// the default pictures by it and the browser all others.
import { formatInterval } from "#harness/stats/format.ts";
import { axisOver, fittingScale, type ScaleKind, type Size } from "../draw/axis.ts";
import { planeFront } from "../draw/front.ts";
import type { DrawNode } from "../draw/node.ts";
import { type ScatterPoint, scatter } from "../draw/scatter.ts";
import type { BoardData, MetricData, RowData, ValueData } from "./board-data.ts";
import { isFirm } from "./firm.ts";

const boundsOf = ([, low, high]: ValueData) => (low === null || high === null ? null : { low, high });

/** `84.2 % [83.1, 85.0]` */
export function valueText(value: ValueData, { unit }: MetricData): string {
  const { mean, interval } = formatInterval(value[0], boundsOf(value), unit);
  return interval === null ? mean : `${mean} ${interval}`;
}

export const metricOf = (board: BoardData, id: string): MetricData | undefined =>
  board.metrics.find((metric) => metric.id === id);

interface Placed {
  readonly row: RowData;
  readonly x: ValueData;
  readonly y: ValueData;
}

function placedRows(board: BoardData, x: string, y: string): Placed[] {
  return board.rows.flatMap((row) => {
    const [a, b] = [row.values[x], row.values[y]];
    return a === undefined || b === undefined ? [] : [{ row, x: a, y: b }];
  });
}

/** The run that a row's point leads to: its first with a result, or its first. */
export const leadingRun = ({ runs }: RowData): string =>
  (runs.find(({ state }) => state === "ok") ?? runs[0])?.id ?? "";

/** The scale on which a metric of a board reads best. */
export function scaleFor(board: BoardData, metric: string): ScaleKind {
  const values = board.rows.flatMap((row) => row.values[metric]?.[0] ?? []);
  return values.length === 0 ? "linear" : fittingScale(values);
}

/** A log axis takes positive values only. */
export const canBeLog = (board: BoardData, metric: string): boolean =>
  board.rows.every(({ values: { [metric]: value } }) => value === undefined || (value[1] ?? value[0]) > 0);

export interface BoardFront {
  readonly members: readonly string[];
  readonly provisional: boolean;
}

const NONE: BoardFront = { members: [], provisional: false };

/** The front of two metrics; none on samples, and none where a metric has no better direction. */
export function boardFront(board: BoardData, x: MetricData, y: MetricData): BoardFront {
  if (board.flags.includes("sample") || x.direction === "neutral" || y.direction === "neutral") return NONE;
  const points = placedRows(board, x.id, y.id).map((each) => ({
    id: each.row.id,
    x: each.x[0],
    y: each.y[0],
    firm: isFirm(each.row.flags, [x.id, y.id]),
  }));
  return planeFront(points, x.direction, y.direction);
}

const axisTitle = ({ title, direction }: MetricData, kind: ScaleKind): string =>
  `${title}${direction === "neutral" ? "" : `, ${direction} is better`}${kind === "log" ? ", log scale" : ""}`;

export interface PlotChoice {
  readonly x: string;
  readonly y: string;
  readonly xScale: ScaleKind;
  readonly yScale: ScaleKind;
  readonly size: Size;
  /** Where a row's point leads. */
  link(row: RowData): string;
  /** Names beside the points of the front only. */
  readonly bare?: boolean;
}

export interface BoardPlot {
  readonly node: DrawNode;
  readonly front: BoardFront;
  /** Rows that have no value of one of the two metrics. */
  readonly missing: number;
}

/** The plot of a choice; null when no row has both values or an axis cannot be logarithmic. */
export function boardPlot(board: BoardData, choice: PlotChoice): BoardPlot | null {
  const [x, y] = [metricOf(board, choice.x), metricOf(board, choice.y)];
  if (x === undefined || y === undefined) return null;
  const placed = placedRows(board, x.id, y.id);
  if (placed.length === 0) return null;
  if (choice.xScale === "log" && !canBeLog(board, x.id)) return null;
  if (choice.yScale === "log" && !canBeLog(board, y.id)) return null;
  const front = boardFront(board, x, y);
  const spread = (values: readonly ValueData[]) =>
    values.flatMap(([mean, low, high]) => [low ?? mean, mean, high ?? mean]);
  const points = placed.map(
    ({ row, x: a, y: b }): ScatterPoint => ({
      id: row.id,
      label: choice.bare === true && !front.members.includes(row.id) ? "" : row.label,
      x: a[0],
      y: b[0],
      xBounds: boundsOf(a),
      yBounds: boundsOf(b),
      glyph: row.glyph,
      hollow: !isFirm(row.flags, [x.id, y.id]),
      text: `${row.label}: ${y.title} ${valueText(b, y)}, ${x.title} ${valueText(a, x)}, n = ${Math.min(a[3], b[3])}`,
      href: choice.link(row),
    }),
  );
  const node = scatter({
    points,
    x: axisOver(spread(placed.map((each) => each.x)), axisTitle(x, choice.xScale), x.unit, choice.xScale),
    y: axisOver(spread(placed.map((each) => each.y)), axisTitle(y, choice.yScale), y.unit, choice.yScale),
    front: front.members,
    provisional: front.provisional,
    size: choice.size,
    title: `${y.title} against ${x.title} on ${board.title}`,
  });
  return { node, front, missing: board.rows.length - placed.length };
}
