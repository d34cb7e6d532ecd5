// Curves over steps: a line for each series, its name at its end. Lines are told apart by colour, dashes and name.
import type { Unit } from "#harness/record/metrics.ts";
import { axisOver, frame, type Size } from "./axis.ts";
import { type DrawNode, draw, length } from "./node.ts";
import { drawing, type Point, through } from "./plot.ts";

export interface LineSeries {
  readonly name: string;
  readonly className: string;
  readonly points: readonly Point[];
  /** Each value as a dot: few values stand far apart. */
  readonly dots?: boolean;
}

export interface LinesInput {
  readonly series: readonly LineSeries[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly unit: Unit;
  readonly size: Size;
  readonly title: string;
}

const MARGINS = { top: 28, bottom: 40, left: 56 };
const NAME_WIDTH = 7;
const NAME_HEIGHT = 14;

/** Heights of the names at the lines' ends, moved apart where they would cover each other. */
function apart(heights: readonly number[], low: number, high: number): number[] {
  const order = heights.map((_, i) => i).sort((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0));
  const placed = [...heights];
  let before = low - NAME_HEIGHT / 2;
  for (const i of order) {
    placed[i] = Math.max(placed[i] ?? 0, before + NAME_HEIGHT);
    before = placed[i] ?? 0;
  }
  let after = high + NAME_HEIGHT / 2;
  for (const i of order.reverse()) {
    placed[i] = Math.min(placed[i] ?? 0, after - NAME_HEIGHT);
    after = placed[i] ?? 0;
  }
  return placed;
}

/** The plot; null when no series has a point. */
export function linesPlot({ series, xTitle, yTitle, unit, size, title }: LinesInput): DrawNode | null {
  const shown = series.filter(({ points }) => points.length > 0);
  if (shown.length === 0) return null;
  const right = 32 + NAME_WIDTH * Math.max(...shown.map(({ name }) => name.length));
  const xs = shown.flatMap(({ points }) => points.map(({ x }) => x));
  const ys = shown.flatMap(({ points }) => points.map(({ y }) => y));
  const x = axisOver(xs, xTitle, "count", "linear");
  const from = Math.min(...xs);
  const whole = { ...x, ticks: x.ticks.filter((tick) => tick >= 0 && (tick > 0 || from >= 0)) };
  const place = frame(whole, axisOver(ys, yTitle, unit, "linear"), size, { ...MARGINS, right });
  const named = shown.filter(({ name }) => name !== "");
  const heights = apart(
    named.map(({ points }) => place.y(points.at(-1)?.y ?? 0)),
    MARGINS.top,
    size.height - MARGINS.bottom,
  );
  return drawing(
    "plot curve",
    size,
    title,
    "img",
    ...place.nodes,
    ...shown.flatMap(({ points, className, dots }) => {
      const at = points.map((point) => ({ x: place.x(point.x), y: place.y(point.y) }));
      const marks = dots === true ? at : [];
      return [
        draw("path", { class: `line ${className}`, d: through(at) }),
        ...marks.map(({ x, y }) => draw("circle", { class: `dots ${className}`, cx: x, cy: y, r: 3 })),
      ];
    }),
    // A piece of the line before its name: colours and dashes are told apart where names had to move.
    ...named.flatMap(({ points, className, name }, i) => {
      const [x, y] = [place.x(points.at(-1)?.x ?? 0) + 8, heights[i] ?? 0];
      return [
        draw("path", { class: `line ${className}`, d: `M${length(x)},${length(y)}h14` }),
        draw("text", { class: `name ${className}`, x: x + 18, y, dy: "0.32em" }, name),
      ];
    }),
  );
}
