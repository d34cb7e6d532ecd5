// What to choose for a budget: of one board the rows that cost no more than the limit, the best of them, those that the
// seeds cannot tell from it, and the front on the way there. Pure; the build and the browser use it alike.
import type { BoardData, RowData } from "./board-data.ts";
import { boardFront, metricOf } from "./explore.ts";
import { isFirm } from "./firm.ts";

export interface Pick {
  readonly row: RowData;
  /** `best`: the highest quality within the limit; `as-good`: shares its rank; `front`: cheaper, and beaten by none as cheap. */
  readonly why: "best" | "as-good" | "front";
}

export interface Choice {
  /** Best first, then by cost. Empty when nothing is within the limit. */
  readonly picks: readonly Pick[];
  /** Rows with a value of both metrics that may be chosen. */
  readonly candidates: number;
  /** How many of them cost no more than the limit. */
  readonly within: number;
  /** True when no row can be ranked, so that all are looked at. */
  readonly provisional: boolean;
}

/** `limit` in the metric's own unit; null for none. */
export function choose(board: BoardData, cost: string, limit: number | null): Choice {
  const [x, y] = [metricOf(board, cost), metricOf(board, board.quality)];
  const none: Choice = { picks: [], candidates: 0, within: 0, provisional: false };
  if (x === undefined || y === undefined) return none;
  const placed = board.rows.flatMap((row) => {
    const [price, quality] = [row.values[x.id], row.values[y.id]];
    return price === undefined || quality === undefined ? [] : [{ row, x: price[0], y: quality[0] }];
  });
  const firm = placed.filter(({ row }) => isFirm(row.flags, [x.id, y.id]));
  const candidates = firm.length > 0 ? firm : placed;
  const cheap = x.direction === "higher" ? -1 : 1;
  const within = candidates.filter((each) => limit === null || cheap * (each.x - limit) <= 0);
  const good = y.direction === "lower" ? 1 : -1;
  const byQuality = [...within].sort((a, b) => good * (a.y - b.y) || cheap * (a.x - b.x));
  const [best] = byQuality;
  if (best === undefined) return { ...none, candidates: candidates.length };
  const front = new Set(boardFront({ ...board, rows: within.map(({ row }) => row) }, x, y).members);
  const asGood = ({ row }: { readonly row: RowData }): boolean =>
    row !== best.row && best.row.rank !== null && row.rank === best.row.rank;
  const others = byQuality
    .filter((each) => each !== best && (asGood(each) || front.has(each.row.id)))
    .sort((a, b) => cheap * (b.x - a.x))
    .map((each): Pick => ({ row: each.row, why: asGood(each) ? "as-good" : "front" }));
  return {
    picks: [{ row: best.row, why: "best" }, ...others],
    candidates: candidates.length,
    within: within.length,
    provisional: firm.length === 0,
  };
}
