// What can be wished for on the home page: families that have current boards, and costs that their rows have.
import { METRICS } from "#harness/record/metrics.ts";
import type { WishVocabulary } from "../lib/choose-state.ts";
import { BOARD_COSTS } from "./board.ts";
import type { BoardRef } from "./boards.ts";

export interface Wishes extends WishVocabulary {
  /** Boards to choose on, by family: the current ones that stand on real data; samples where there is nothing else. */
  readonly boards: ReadonlyMap<string, readonly BoardRef[]>;
}

/** Null without any board. */
export function wishesOf(boards: readonly BoardRef[]): Wishes | null {
  const current = boards.filter((board) => board.current);
  const real = current.filter(({ flags }) => !flags.includes("sample"));
  const byFamily = new Map<string, BoardRef[]>();
  for (const board of real.length > 0 ? real : current)
    byFamily.set(board.family, [...(byFamily.get(board.family) ?? []), board]);
  const runs = (family: string): number =>
    (byFamily.get(family) ?? []).reduce((sum, board) => sum + board.runs, 0);
  const families = [...byFamily.keys()].sort((a, b) => runs(b) - runs(a) || (a < b ? -1 : 1));
  const [family] = families;
  if (family === undefined) return null;
  return {
    families,
    costs: BOARD_COSTS.map((id) => ({ id, unit: METRICS[id].unit })),
    usual: { family, cost: "deployed-bytes", limit: "" },
    boards: byFamily,
  };
}
