// One metric against another: a point for each row, its intervals as a cross, its glyph, its label where there is room,
// and the front. Each point is a link that can be focused and tells its numbers.
import { type Glyph, shapePath } from "../lib/glyphs.ts";
import { type LabelInput, type PlacedLabel, placeLabels } from "../lib/labels.ts";
import { type Axis, type Frame, frame, type Size } from "./axis.ts";
import { frontSteps } from "./front.ts";
import { type DrawNode, draw, length } from "./node.ts";
import { drawing, type Point, through } from "./plot.ts";

const FONT = 12;
const MARGINS = { top: 28, right: 24, bottom: 44, left: 62 };
/** Mean width of a character of a wide interface font at that size; rows on the front are set in bold. */
const textWidth = (text: string, bold: boolean): number => text.length * (bold ? 7.4 : 6.6);

const UNNAMED: PlacedLabel = { at: null, far: false };

/** With more points than these, only those on the front are named from afar: more lines to names are a thicket. */
const FEW = 12;

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

export interface ScatterPoint {
  readonly id: string;
  /** Its name; `""` where none is wanted beside it. */
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

interface Placed extends Point {
  readonly point: ScatterPoint;
  readonly onFront: boolean;
}

export function scatter(input: ScatterInput): DrawNode {
  const { points, x, y, size, front } = input;
  const framed = frame(x, y, size, MARGINS);
  const members = new Set(front);
  // Rows on the front get their labels first, and are drawn last, over the rest.
  const placed = points
    .map((point) => ({ point, onFront: members.has(point.id), x: framed.x(point.x), y: framed.y(point.y) }))
    .sort((a, b) => Number(b.onFront) - Number(a.onFront));
  const line = through(frontSteps(front.flatMap((id) => placed.filter(({ point }) => point.id === id))));
  const crowded = points.length > FEW;
  const labels = placeLabels(
    placed.map((each) => labelOf(each, crowded)),
    {
      x: MARGINS.left,
      y: MARGINS.top - 12,
      width: size.width - MARGINS.left - 4,
      height: size.height - MARGINS.top - MARGINS.bottom + 12,
    },
  );
  const drawn = placed.map((each, i) => pointNode(each, framed, labels[i] ?? UNNAMED));
  return drawing(
    "plot",
    size,
    input.title,
    "group",
    ...framed.nodes,
    draw("path", { class: input.provisional ? "front provisional" : "front", d: line }),
    draw("g", { class: "points" }, ...drawn.reverse()),
  );
}

const labelOf = ({ point, onFront, x, y }: Placed, crowded: boolean): LabelInput => ({
  x,
  y,
  width: textWidth(point.label, onFront),
  height: FONT + 2,
  left: onFront,
  near: crowded && !onFront,
});

function pointNode(
  { point, onFront, x, y }: Placed,
  place: Pick<Frame, "x" | "y">,
  { at, far }: PlacedLabel,
): DrawNode {
  const ends = (bounds: Bounds | null, at: (value: number) => Point): string =>
    bounds === null ? "" : through([at(bounds.low), at(bounds.high)]);
  const spread =
    ends(point.yBounds, (value) => ({ x, y: place.y(value) })) +
    ends(point.xBounds, (value) => ({ x: place.x(value), y }));
  const children: DrawNode[] = [draw("title", {}, point.text)];
  if (spread !== "") children.push(draw("path", { class: "spread", d: spread }));
  if (at !== null && far) {
    const end = at.x > x ? at.x : Math.min(at.x + textWidth(point.label, onFront), x);
    children.push(
      draw("path", {
        class: "leader",
        d: through([
          { x, y },
          { x: end, y: at.y },
        ]),
      }),
    );
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
