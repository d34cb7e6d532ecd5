// What all plots share: the element around them, and lines through points. Pure.
import type { Size } from "./axis.ts";
import { type DrawNode, draw, length } from "./node.ts";

/** Size of a plot that stands beside another one where the screen is wide. */
export const FIGURE: Size = { width: 520, height: 310 };
/** Size of the plot that readers explore. */
export const EXPLORED: Size = { width: 900, height: 520 };

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The line through points of the drawing in order, as a path; `""` without any. */
export const through = (points: readonly Point[]): string =>
  points.length === 0 ? "" : `M${points.map(({ x, y }) => `${length(x)},${length(y)}`).join("L")}`;

/**
 * A drawing of its own, as wide as its place lets it be. `title` names it for those who do not see it; `img`: it is one
 * picture, `group`: its parts are read and focused by themselves.
 */
export const drawing = (
  className: string,
  { width, height }: Size,
  title: string,
  role: "img" | "group",
  ...children: DrawNode["children"]
): DrawNode =>
  draw(
    "svg",
    { class: className, viewBox: `0 0 ${width} ${height}`, width, height, role, "aria-label": title },
    ...children,
  );
