// Small pictures of one method on every board of a family: all rows in grey, its own in colour. What is grey is drawn once
// a board, however many methods have a page.
import { axisOver, fittingScale } from "../draw/axis.ts";
import { draw, length, markup } from "../draw/node.ts";
import { drawing, type Point } from "../draw/plot.ts";
import type { BoardData, RowData } from "../lib/board-data.ts";
import { metricOf, valueText } from "../lib/explore.ts";
import { shapePath } from "../lib/glyphs.ts";

const [WIDTH, HEIGHT, MARGIN] = [220, 140, 10];

interface Ground {
  /** All rows as one path of small squares. */
  readonly path: string;
  place(row: RowData): Point | null;
}

const grounds = new WeakMap<BoardData, Map<string, Ground | null>>();

function makeGround(board: BoardData, cost: string): Ground | null {
  const meanOf = (row: RowData, id: string): number | undefined => row.values[id]?.[0];
  const placed = board.rows.flatMap((row) => {
    const [x, y] = [meanOf(row, cost), meanOf(row, board.quality)];
    return x === undefined || y === undefined ? [] : [{ x, y }];
  });
  const unit = metricOf(board, cost)?.unit;
  if (placed.length === 0 || unit === undefined) return null;
  const xs = placed.map(({ x }) => x);
  const across = axisOver(xs, "", unit, fittingScale(xs));
  const up = axisOver(
    placed.map(({ y }) => y),
    "",
    "coefficient",
    "linear",
  );
  const at = (x: number, y: number): Point => ({
    x: MARGIN + across.at(x) * (WIDTH - 2 * MARGIN),
    y: HEIGHT - MARGIN - up.at(y) * (HEIGHT - 2 * MARGIN),
  });
  const squares = placed.map(({ x, y }) => {
    const point = at(x, y);
    return `M${length(point.x - 1.5)},${length(point.y - 1.5)}h3v3h-3z`;
  });
  return {
    path: squares.join(""),
    place(row) {
      const [x, y] = [meanOf(row, cost), meanOf(row, board.quality)];
      return x === undefined || y === undefined ? null : at(x, y);
    },
  };
}

function groundOf(board: BoardData, cost: string): Ground | null {
  const known = grounds.get(board) ?? new Map<string, Ground | null>();
  grounds.set(board, known);
  const found = known.get(cost);
  if (found !== undefined) return found;
  const made = makeGround(board, cost);
  known.set(cost, made);
  return made;
}

export interface Multiple {
  readonly svg: string;
  /** Its best row in words. */
  readonly text: string;
}

/** The method's rows on a board, quality up and `cost` across; null where it has none with both values. */
export function multiple(board: BoardData, method: string, cost: string): Multiple | null {
  const ground = groundOf(board, cost);
  const [quality, price] = [metricOf(board, board.quality), metricOf(board, cost)];
  const rows = board.rows.filter((row) => row.method === method);
  const points = rows.flatMap((row) => ground?.place(row) ?? []);
  const [best] = rows;
  if (ground === null || points.length === 0 || quality === undefined || price === undefined) return null;
  const [q, c] = [best?.values[quality.id], best?.values[price.id]];
  const text =
    q === undefined || c === undefined
      ? ""
      : `${quality.short} ${valueText(q, quality)}, ${price.short} ${valueText(c, price)}`;
  const glyph = best?.glyph ?? { colour: 0, shape: "circle" as const };
  const node = drawing(
    "multiple",
    { width: WIDTH, height: HEIGHT },
    `${method} among ${board.rows.length} rows of ${board.title}: ${text}`,
    "img",
    draw("path", { class: "axis", d: `M${MARGIN / 2},${MARGIN / 2}V${HEIGHT - 5}H${WIDTH - 5}` }),
    draw("path", { class: "others", d: ground.path }),
    ...points.map((point) =>
      draw("path", {
        class: `glyph series-${glyph.colour}`,
        d: shapePath(glyph.shape, 6),
        transform: `translate(${length(point.x)},${length(point.y)})`,
      }),
    ),
  );
  return { svg: markup(node), text };
}
