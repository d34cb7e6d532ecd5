// Which of a plot's points no other beats on both axes, and the line through them.
import { type Better, onFront } from "#harness/stats/pareto.ts";
import type { Point } from "./plot.ts";

export interface Candidate {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  /** Whether its place can be trusted enough to draw a front with it. */
  readonly firm: boolean;
}

export interface PlaneFront {
  /** From the best x on. */
  readonly members: readonly string[];
  /** True when no point is firm, so that the front is drawn over points that may not be. */
  readonly provisional: boolean;
}

/** The front over means. Points that are not firm take no part, unless there are no others. */
export function planeFront(points: readonly Candidate[], x: Better, y: Better): PlaneFront {
  const firm = points.filter((point) => point.firm);
  const taking = firm.length > 0 ? firm : points;
  const member = onFront(
    taking.map((point) => [point.x, point.y]),
    [x, y],
  );
  const sign = x === "lower" ? 1 : -1;
  const members = taking.filter((_, i) => member[i] === true).sort((a, b) => sign * (a.x - b.x) || a.y - b.y);
  return { members: members.map(({ id }) => id), provisional: firm.length === 0 };
}

/** Corners of the line through the front's points, given from the best x on: no point reaches beyond it. */
export function frontSteps(points: readonly Point[]): Point[] {
  return points.flatMap((point, i) => {
    const before = points[i - 1];
    return before === undefined ? [point] : [{ x: point.x, y: before.y }, point];
  });
}
