// Which rows of a board no other row beats on quality and one cost at once.
import { METRICS, type MetricId } from "#harness/record/metrics.ts";
import { onFront } from "#harness/stats/pareto.ts";
import type { BoardRow } from "./board.ts";

/** Costs that are weighed against quality, in the order in which boards draw them. */
export const COST_AXES = [
  "deployed-bytes",
  "parameters-trainable",
  "memory-logical-peak",
  "latency-1-p50",
] as const satisfies readonly MetricId[];
export type CostAxis = (typeof COST_AXES)[number];

/** Costs that depend on how busy the machine was. */
const TIMED: readonly MetricId[] = ["latency-1-p50"];

export interface Front {
  readonly axis: CostAxis;
  /** Ids of the rows on it, cheapest first. */
  readonly members: readonly string[];
  /** True when no row has the seeds to be ranked, so the front is drawn over rows that may not be. */
  readonly provisional: boolean;
}

export const axisValue = (row: BoardRow, id: MetricId): number | null =>
  row.cells.find((cell) => cell.metric === id)?.value ?? null;

/** Whether a row's place on this axis can be trusted enough to draw a front with it. */
export function isFirm(row: BoardRow, axis: CostAxis): boolean {
  if (row.flags.includes("stale")) return false;
  return !row.flags.includes("provisional") && !(TIMED.includes(axis) && row.flags.includes("contended"));
}

/**
 * The front of quality against one cost, over means. Rows with too few seeds take no part, and on latency none that was
 * timed on a busy machine; where that leaves no row at all, all take part and the front is provisional.
 */
export function frontOf(rows: readonly BoardRow[], quality: MetricId, axis: CostAxis): Front {
  const placed = rows.flatMap((row) => {
    const [x, y] = [axisValue(row, axis), axisValue(row, quality)];
    return x === null || y === null ? [] : [{ row, x, y }];
  });
  const firm = placed.filter(({ row }) => isFirm(row, axis));
  const taking = firm.length > 0 ? firm : placed;
  const direction = METRICS[quality].direction === "lower" ? "lower" : "higher";
  const member = onFront(
    taking.map(({ x, y }) => [x, y]),
    ["lower", direction],
  );
  const members = taking.filter((_, i) => member[i] === true).sort((a, b) => a.x - b.x || a.y - b.y);
  return { axis, members: members.map(({ row }) => row.id), provisional: firm.length === 0 };
}
