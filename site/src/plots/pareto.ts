// Quality against one cost: Observable Plot draws axes and front, and each row gets a point of its own that can be
// focused, filtered and told apart by colour, shape and label.
import * as Plot from "@observablehq/plot";
import { METRICS } from "#harness/record/metrics.ts";
import { type Glyph, shapePath } from "../lib/glyphs.ts";
import { type LabelInput, placeLabels } from "../lib/labels.ts";
import type { AxisScale } from "../lib/view-state.ts";
import type { Board, BoardRow } from "../model/board.ts";
import type { Cell } from "../model/cells.ts";
import { axisValue, type CostAxis, isFirm } from "../model/front.ts";
import { linearTicks, logTicks, tickText } from "./axis-format.ts";
import { plotDocument, type SvgDocument, type SvgNode, svgElement, svgText } from "./document.ts";

const FONT = 12;
/** Mean width of a character of a wide interface font at that size; rows on the front are set in bold. */
const textWidth = (text: string, bold: boolean): number => text.length * (bold ? 7.4 : 6.6);
const MARGIN = { top: 28, right: 24, bottom: 44, left: 58 };

interface Point {
  readonly row: BoardRow;
  readonly x: number;
  readonly y: number;
  readonly cost: Cell;
  readonly quality: Cell;
}

function pointsOf(board: Board, axis: CostAxis): Point[] {
  return board.rows.flatMap((row) => {
    const [x, y] = [axisValue(row, axis), axisValue(row, board.quality)];
    const cost = row.cells.find(({ metric }) => metric === axis);
    const quality = row.cells[0];
    if (x === null || y === null || cost === undefined || quality === undefined) return [];
    return [{ row, x, y, cost, quality }];
  });
}

/** Log where costs span more than a factor of six and none is zero. */
export function defaultAxis(board: Board, axis: CostAxis): AxisScale {
  const values = pointsOf(board, axis).map(({ x }) => x);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low > 0 && high / low > 6 ? "log" : "linear";
}

/** `[low, high]` with a margin, so that no point lies on the frame. */
function domain(values: readonly number[], scale: AxisScale): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (scale === "log") {
    const margin = low === high ? 2 : (high / low) ** 0.08;
    return [low / margin, high * margin];
  }
  const margin = low === high ? Math.abs(low) * 0.1 || 1 : (high - low) * 0.08;
  return [low - margin, high + margin];
}

/** Corners of the front's steps: no row reaches beyond this line. */
function steps(points: readonly Point[]): { x: number; y: number }[] {
  return points.flatMap((point, i) => {
    const before = points[i - 1];
    return before === undefined ? [point] : [{ x: point.x, y: before.y }, point];
  });
}

const describe = ({ row, cost, quality }: Point): string => {
  const costText = `${METRICS[cost.metric].title} ${cost.text}${cost.interval === null ? "" : ` ${cost.interval}`}`;
  const qualityText = `${METRICS[quality.metric].title} ${quality.text}${quality.interval === null ? "" : ` ${quality.interval}`}`;
  return `${row.label}: ${qualityText}, ${costText}, n = ${quality.n}`;
};

export interface ParetoOptions {
  readonly axis: CostAxis;
  readonly scale: AxisScale;
  readonly glyphs: ReadonlyMap<string, Glyph>;
  readonly width: number;
  readonly height: number;
  /** Address before `#row` of a point's link: empty on the board's own page. */
  readonly link: string;
}

/** The plot as SVG text; null when no row has both values. */
export function paretoPlot(board: Board, options: ParetoOptions): string | null {
  const { axis, scale, width, height } = options;
  const points = pointsOf(board, axis);
  if (points.length === 0 || (scale === "log" && points.some(({ x }) => x <= 0))) return null;
  const [cost, quality] = [METRICS[axis], METRICS[board.quality]];
  const front = board.fronts.find((each) => each.axis === axis);
  const members = (front?.members ?? []).flatMap((id) => points.filter(({ row }) => row.id === id));
  const costBounds = points.flatMap(({ x, cost: { bounds } }) => [
    x,
    ...(bounds === null ? [] : [bounds.low, bounds.high]),
  ]);
  const qualityBounds = points.flatMap(({ y, quality: { bounds } }) => [
    y,
    ...(bounds === null ? [] : [bounds.low, bounds.high]),
  ]);
  const [xs, ys] = [domain(costBounds, scale), domain(qualityBounds, "linear")];
  const document = plotDocument();
  const chart = Plot.plot({
    document,
    width,
    height,
    marginTop: MARGIN.top,
    marginRight: MARGIN.right,
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    style: { fontSize: `${FONT}px` },
    x: {
      type: scale,
      domain: xs,
      label: `${cost.title}, ${cost.direction} is better${scale === "log" ? ", log scale" : ""}`,
    },
    y: { domain: ys, label: `${quality.title}, ${quality.direction} is better` },
    marks: [
      Plot.gridX(scale === "log" ? logTicks(...xs, cost.unit) : linearTicks(...xs, cost.unit), {
        className: "grid",
      }),
      Plot.gridY(linearTicks(...ys, quality.unit), { className: "grid" }),
      Plot.axisX(scale === "log" ? logTicks(...xs, cost.unit) : linearTicks(...xs, cost.unit), {
        text: (value: number) => tickText(value, cost.unit),
        labelArrow: "none",
        labelAnchor: "center",
      }),
      Plot.axisY(linearTicks(...ys, quality.unit), {
        text: (value: number) => tickText(value, quality.unit),
        labelArrow: "none",
      }),
      Plot.line(steps(members), {
        x: "x",
        y: "y",
        className: front?.provisional === true ? "front provisional" : "front",
      }),
    ],
  });
  const place = { x: chart.scale("x")?.apply, y: chart.scale("y")?.apply };
  if (place.x === undefined || place.y === undefined) throw new Error("a plot without scales");
  const svg = chart as unknown as SvgNode;
  svg.setAttribute("font-size", String(FONT));
  addPoints(document, svg, points, { ...options, place: { x: place.x, y: place.y }, members });
  return svgText(svg, `${quality.title} against ${cost.title} on ${board.title}`, "plot", "group");
}

interface Placing extends ParetoOptions {
  readonly place: { readonly x: (value: number) => number; readonly y: (value: number) => number };
  readonly members: readonly Point[];
}

/** Rows on the front get their labels first, then the others by quality. */
function addPoints(document: SvgDocument, svg: SvgNode, points: readonly Point[], placing: Placing): void {
  const { place, members, width, height, axis, glyphs, link } = placing;
  const onFront = new Set(members.map(({ row }) => row.id));
  const inOrder = [...points].sort((a, b) => Number(onFront.has(b.row.id)) - Number(onFront.has(a.row.id)));
  const centres = inOrder.map(({ row, x, y }): LabelInput & { row: BoardRow } => ({
    row,
    x: place.x(x),
    y: place.y(y),
    width: textWidth(row.label, onFront.has(row.id)),
    height: FONT + 2,
    left: onFront.has(row.id),
  }));
  const area = {
    x: MARGIN.left,
    y: MARGIN.top - 12,
    width: width - MARGIN.left - 4,
    height: height - MARGIN.top - MARGIN.bottom + 12,
  };
  const labels = placeLabels(centres, area);
  const drawn = inOrder.map((point, i) => {
    const [px, py] = [place.x(point.x), place.y(point.y)];
    const glyph = glyphs.get(point.row.method) ?? { colour: 0, shape: "circle" };
    const firm = isFirm(point.row, axis);
    const text = describe(point);
    const children: SvgNode[] = [svgElement(document, "title", {}, text)];
    const cross = (from: [number, number], to: [number, number]) =>
      svgElement(document, "path", {
        class: "spread",
        d: `M${from.map(round).join(",")}L${to.map(round).join(",")}`,
      });
    const { cost, quality } = point;
    if (quality.bounds !== null)
      children.push(cross([px, place.y(quality.bounds.low)], [px, place.y(quality.bounds.high)]));
    if (cost.bounds !== null)
      children.push(cross([place.x(cost.bounds.low), py], [place.x(cost.bounds.high), py]));
    const at = labels[i]?.at ?? null;
    if (at !== null && labels[i]?.far === true) {
      const end: [number, number] = [
        at.x > px ? at.x : Math.min(at.x + textWidth(point.row.label, onFront.has(point.row.id)), px),
        at.y,
      ];
      children.push(
        svgElement(document, "path", {
          class: "leader",
          d: `M${[px, py].map(round).join(",")}L${end.map(round).join(",")}`,
        }),
      );
    }
    children.push(
      svgElement(document, "path", {
        class: firm ? "glyph" : "glyph hollow",
        d: shapePath(glyph.shape, 6),
        transform: `translate(${round(px)},${round(py)})`,
      }),
    );
    if (at !== null)
      children.push(svgElement(document, "text", { x: at.x, y: at.y, dy: "0.32em" }, point.row.label));
    return svgElement(
      document,
      "a",
      {
        class: `point series-${glyph.colour}${onFront.has(point.row.id) ? " on-front" : ""}`,
        href: `${link}#${point.row.id}`,
        "data-row": point.row.id,
        "aria-label": text,
      },
      ...children,
    );
  });
  // What lies on the front is drawn last, over the rest.
  svg.appendChild(svgElement(document, "g", { class: "points", "text-anchor": "start" }, ...drawn.reverse()));
}

const round = (value: number): string => String(Math.round(value * 100) / 100);
