// The picture that stands for a page where its address is shared: name of the board and its rows as points with the front,
// drawn without any font so that equal results give equal bytes.
import { Resvg } from "@resvg/resvg-js";
import { axisOver, fittingScale } from "../draw/axis.ts";
import { frontSteps } from "../draw/front.ts";
import { type DrawNode, draw, length, markup } from "../draw/node.ts";
import { type Point, through } from "../draw/plot.ts";
import type { BoardData } from "../lib/board-data.ts";
import { boardFront, metricOf } from "../lib/explore.ts";
import { shapePath } from "../lib/glyphs.ts";
import { strokePath, strokeWidth } from "./strokes.ts";

const [WIDTH, HEIGHT] = [1200, 630];
const COLOURS = ["#50c0ff", "#ed9e4b", "#50b294", "#ce6ecc", "#efc92a", "#afc3c5"] as const;
const [GROUND, TEXT, MUTED, FRONT] = ["#15181b", "#e8eaec", "#a9b1b9", "#63cfe6"] as const;

const line = (text: string, x: number, y: number, size: number, colour: string): DrawNode =>
  draw("path", {
    d: strokePath(text, x, y, size),
    fill: "none",
    stroke: colour,
    "stroke-width": Math.max(2, size / 9),
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
  });

/** Letters as high as fit into the width, at most `most`. */
const fitting = (text: string, width: number, most: number): number =>
  Math.min(most, width / Math.max(0.01, strokeWidth(text, 1)));

function points(board: BoardData): DrawNode[] {
  const [x, y] = [metricOf(board, "deployed-bytes"), metricOf(board, board.quality)];
  if (x === undefined || y === undefined) return [];
  const placed = board.rows.flatMap((row) => {
    const [a, b] = [row.values[x.id], row.values[y.id]];
    return a === undefined || b === undefined ? [] : [{ row, x: a[0], y: b[0] }];
  });
  if (placed.length === 0) return [];
  const xs = placed.map((each) => each.x);
  const across = axisOver(xs, "", x.unit, fittingScale(xs));
  const up = axisOver(
    placed.map((each) => each.y),
    "",
    y.unit,
    "linear",
  );
  const at = ({ x, y }: Point): Point => ({ x: 100 + across.at(x) * 1000, y: 540 - up.at(y) * 300 });
  const members = boardFront(board, x, y).members;
  const corners = frontSteps(members.flatMap((id) => placed.filter(({ row }) => row.id === id)));
  return [
    draw("path", { d: "M100,240V540H1100", fill: "none", stroke: MUTED, "stroke-width": 2 }),
    ...(corners.length > 1
      ? [draw("path", { d: through(corners.map(at)), fill: "none", stroke: FRONT, "stroke-width": 4 })]
      : []),
    ...placed.map((each) => {
      const { x, y } = at(each);
      return draw("path", {
        d: shapePath(each.row.glyph.shape, 13),
        fill: COLOURS[each.row.glyph.colour] ?? TEXT,
        stroke: GROUND,
        "stroke-width": 2,
        transform: `translate(${length(x)},${length(y)})`,
      });
    }),
  ];
}

/** PNG of 1200 x 630 pixels; without a board the site's own picture. */
export function sharedPicture(board: BoardData | null): Buffer {
  const title = board === null ? "Which method, at which cost?" : board.title;
  const below =
    board === null
      ? "low-rank, parameter-efficient, compression"
      : `${metricOf(board, board.quality)?.title ?? board.quality} against deployed size, ${board.rows.length} rows`;
  const node = draw(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", width: WIDTH, height: HEIGHT, viewBox: `0 0 ${WIDTH} ${HEIGHT}` },
    draw("rect", { width: WIDTH, height: HEIGHT, fill: GROUND }),
    line("Rankbench", 100, 48, 26, MUTED),
    line(title, 100, 104, fitting(title, 1000, 54), TEXT),
    line(below, 100, 182, fitting(below, 1000, 24), MUTED),
    ...(board === null
      ? [
          line(
            "accuracy  memory  size  latency",
            100,
            330,
            fitting("accuracy  memory  size  latency", 1000, 44),
            COLOURS[0],
          ),
          line(
            "with intervals, on stated machines",
            100,
            420,
            fitting("with intervals, on stated machines", 1000, 34),
            COLOURS[2],
          ),
        ]
      : points(board)),
  );
  return new Resvg(markup(node), { font: { loadSystemFonts: false } }).render().asPng();
}
