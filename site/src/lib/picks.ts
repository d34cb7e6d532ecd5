// What was chosen for a budget, in words for a table: made at build for the usual wish, in the browser for all others.
import type { BoardData, RowData } from "./board-data.ts";
import { choose, type Pick } from "./budget.ts";
import { metricOf, valueText } from "./explore.ts";
import { inSentence } from "./in-sentence.ts";

export interface PickLine {
  readonly row: RowData;
  readonly why: string;
  readonly quality: string;
  readonly cost: string;
}

export interface Picks {
  /** A sentence about the choice. */
  readonly summary: string;
  readonly lines: readonly PickLine[];
}

const WHY: Readonly<Record<Pick["why"], string>> = {
  best: "best mean quality",
  "as-good": "shares its rank",
  front: "on the front",
};

const text = (board: BoardData, row: RowData, id: string): string => {
  const [value, metric] = [row.values[id], metricOf(board, id)];
  return value === undefined || metric === undefined ? "–" : valueText(value, metric);
};

/** What is shown for a wish; `cost` is the metric's title, `limit` as it was written, null for none. */
export const wishText = (family: string, cost: string, limit: string | null): string =>
  `For ${family} by ${inSentence(cost)}, ${limit === null ? "no limit" : `at most ${limit}`}: the best row of each board, those that the seeds cannot tell from it, and the front below.`;

export function picksOf(board: BoardData, cost: string, limit: number | null): Picks {
  const choice = choose(board, cost, limit);
  const title = metricOf(board, cost)?.title ?? cost;
  const lines = choice.picks.map(({ row, why }) => ({
    row,
    why: WHY[why],
    quality: text(board, row, board.quality),
    cost: text(board, row, cost),
  }));
  const counted =
    limit === null ? "" : `${choice.within} of ${choice.candidates} rows are within the limit. `;
  const provisional = choice.provisional
    ? " Provisional: no row can be ranked (too few seeds, other code, or timed on a busy machine)."
    : "";
  const [best] = lines;
  if (choice.candidates === 0)
    return { summary: `No row of this board says its ${inSentence(title)}.`, lines };
  if (best === undefined) return { summary: `${counted}Nothing on this board costs so little.`, lines };
  const asGood = choice.picks.filter(({ why }) => why === "as-good").length;
  const shared =
    asGood === 0 ? "" : `; the seeds cannot tell ${asGood} ${asGood === 1 ? "other" : "others"} from it`;
  return { summary: `${counted}Best: ${best.row.title}${shared}.${provisional}`, lines };
}
