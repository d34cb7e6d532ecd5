// Which rows of a board no other row beats on quality and one cost at once.
import { METRICS, type MetricId } from "#harness/record/metrics.ts";
import { planeFront } from "../draw/front.ts";
import { isFirm } from "../lib/firm.ts";
import type { BoardRow } from "./board.ts";

/** Costs that are weighed against quality, in the order in which boards draw them. */
export const COST_AXES = [
  "deployed-bytes",
  "parameters-trainable",
  "memory-logical-peak",
  "latency-1-p50",
] as const satisfies readonly MetricId[];
export type CostAxis = (typeof COST_AXES)[number];

export interface Front {
  readonly axis: CostAxis;
  /** Ids of the rows on it, cheapest first. */
  readonly members: readonly string[];
  /** True when no row has the seeds to be ranked, so the front is drawn over rows that may not be. */
  readonly provisional: boolean;
}

export const axisValue = (row: BoardRow, id: MetricId): number | null =>
  row.cells.find((cell) => cell.metric === id)?.value ?? null;

/**
 * The front of quality against one cost, over means. Rows with too few seeds take no part, and on latency none that was
 * timed on a busy machine; where that leaves no row at all, all take part and the front is provisional.
 */
export function frontOf(rows: readonly BoardRow[], quality: MetricId, axis: CostAxis): Front {
  const points = rows.flatMap((row) => {
    const [x, y] = [axisValue(row, axis), axisValue(row, quality)];
    return x === null || y === null ? [] : [{ id: row.id, x, y, firm: isFirm(row.flags, [axis, quality]) }];
  });
  const direction = METRICS[quality].direction === "lower" ? "lower" : "higher";
  return { axis, ...planeFront(points, "lower", direction) };
}
