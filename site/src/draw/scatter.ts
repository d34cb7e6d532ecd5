// One metric against another: a point for each row, its intervals as a cross, its glyph, its label where there is room,
// and the front. Each point is a link that can be focused and tells its numbers.
import { type Glyph, shapePath } from "../lib/glyphs.ts";
import { type LabelInput, placeLabels } from "../lib/labels.ts";
import { type Axis, frame, type Size } from "./axis.ts";
import { frontSteps } from "./front.ts";
import { type DrawNode, draw, length } from "./node.ts";

const FONT = 12;
const MARGINS = { top: 28, right: 24, bottom: 44, left: 62 };
/** Mean width of a character of a wide interface font at that size; rows on the front are set in bold. */
const textWidth = (text: string, bold: boolean): number => text.length * (bold ? 7.4 : 6.6);

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

export interface ScatterPoint {
  readonly id: string;
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly xBounds: Bounds | null;
  readonly yBounds: Bounds | null;
  readonly glyph: Glyph;
  /** Drawn hollow: its place is not sure. */
  readonly hollow: boolean;
  /** Its numbers in words. */
  readonly text: string;
  readonly href: string;
}

export interface ScatterInput {
  readonly points: readonly ScatterPoint[];
  readonly x: Axis;
  readonly y: Axis;
  /** Ids of the points on the front, from the best x on. */
  readonly front: readonly string[];
  readonly provisional: boolean;
  readonly size: Size;
  /** Names the plot for those who do not see it. */
  readonly title: string;
}

interface Placed {
  readonly point: ScatterPoint;
  readonly onFront: boolean;
  readonly x: number;
  readonly y: number;
}

const line = (from: readonly [number, number], to: readonly [number, number]): string =>
  `M${from.map(length).join(",")}L${to.map(length).join(",")}`;

export function scatter(input: ScatterInput): DrawNode {
  const { points, x, y, size, front } = input;
  const framed = frame(x, y, size, MARGINS);
  const members = new Set(front);
  const corners = frontSteps(front.flatMap((id) => points.filter((point) => point.id === id)));
  const path = corners.map(
    (at, i) => `${i === 0 ? "M" : "L"}${length(framed.x(at.x))},${length(framed.y(at.y))}`,
  );
  // Rows on the front get their labels first, and are drawn last, over the rest.
  const placed = points
    .map((point) => ({ point, onFront: members.has(point.id), x: framed.x(point.x), y: framed.y(point.y) }))
    .sort((a, b) => Number(b.onFront) - Number(a.onFront));
  const labels = placeLabels(placed.map(labelOf), {
    x: MARGINS.left,
    y: MARGINS.top - 12,
    width: size.width - MARGINS.left - 4,
    height: size.height - MARGINS.top - MARGINS.bottom + 12,
  });
  const drawn = placed.map((each, i) => {
    const label = labels[i];
    return pointNode(each, framed, label?.at ?? null, label?.far === true);
  });
  return draw(
    "svg",
    {
      class: "plot",
      viewBox: `0 0 ${size.width} ${size.height}`,
      width: size.width,
      height: size.height,
      role: "group",
      "aria-label": input.title,
    },
    ...framed.nodes,
    draw("path", { class: input.provisional ? "front provisional" : "front", d: path.join("") }),
    draw("g", { class: "points" }, ...drawn.reverse()),
  );
}

const labelOf = ({ point, onFront, x, y }: Placed): LabelInput => ({
  x,
  y,
  width: textWidth(point.label, onFront),
  height: FONT + 2,
  left: onFront,
});

function pointNode(
  { point, onFront, x, y }: Placed,
  place: { readonly x: (value: number) => number; readonly y: (value: number) => number },
  at: { readonly x: number; readonly y: number } | null,
  far: boolean,
): DrawNode {
  const spreads = [
    ...(point.yBounds === null
      ? []
      : [line([x, place.y(point.yBounds.low)], [x, place.y(point.yBounds.high)])]),
    ...(point.xBounds === null
      ? []
      : [line([place.x(point.xBounds.low), y], [place.x(point.xBounds.high), y])]),
  ];
  const children: DrawNode[] = [draw("title", {}, point.text)];
  if (spreads.length > 0) children.push(draw("path", { class: "spread", d: spreads.join("") }));
  if (at !== null && far) {
    const end = at.x > x ? at.x : Math.min(at.x + textWidth(point.label, onFront), x);
    children.push(draw("path", { class: "leader", d: line([x, y], [end, at.y]) }));
  }
  children.push(
    draw("path", {
      class: point.hollow ? "glyph hollow" : "glyph",
      d: shapePath(point.glyph.shape, 6),
      transform: `translate(${length(x)},${length(y)})`,
    }),
  );
  if (at !== null) children.push(draw("text", { x: at.x, y: at.y, dy: "0.32em" }, point.label));
  return draw(
    "a",
    {
      class: `point series-${point.glyph.colour}${onFront ? " on-front" : ""}`,
      href: point.href,
      "data-row": point.id,
      "aria-label": point.text,
    },
    ...children,
  );
}
