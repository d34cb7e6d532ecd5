// What the home page offers: the current boards by family, costs to choose by, and which boards have a picture there.
import { METRICS } from "#harness/record/metrics.ts";
import type { WishVocabulary } from "../lib/choose-state.ts";
import { BOARD_COSTS } from "./board.ts";
import type { BoardRef } from "./boards.ts";

export type ByFamily = ReadonlyMap<string, readonly BoardRef[]>;

const runsOf = (boards: readonly BoardRef[]): number => boards.reduce((sum, { runs }) => sum + runs, 0);

/** Boards by family; the family with the most runs first, and in each the board with the most. */
function byFamily(boards: readonly BoardRef[]): ByFamily {
  const families = new Map<string, BoardRef[]>();
  for (const board of boards) families.set(board.family, [...(families.get(board.family) ?? []), board]);
  for (const each of families.values()) each.sort((a, b) => b.runs - a.runs || (a.slug < b.slug ? -1 : 1));
  return new Map([...families].sort(([a, x], [b, y]) => runsOf(y) - runsOf(x) || (a < b ? -1 : 1)));
}

/** The current boards that stand on real data and hold a choice; samples or lone methods where there is nothing else. */
function chosenFrom(boards: readonly BoardRef[]): readonly BoardRef[] {
  const current = boards.filter((board) => board.current);
  const real = current.filter(({ flags }) => !flags.includes("sample"));
  const choices = real.filter(({ methods }) => methods > 1);
  return [choices, real].find((each) => each.length > 0) ?? current;
}

export interface Wishes extends WishVocabulary {
  /** Boards to choose on. */
  readonly boards: ByFamily;
}

/** Null without any board. */
export function wishesOf(boards: readonly BoardRef[]): Wishes | null {
  const families = byFamily(chosenFrom(boards));
  const [family] = families.keys();
  if (family === undefined) return null;
  return {
    families: [...families.keys()],
    costs: BOARD_COSTS.map((id) => ({ id, unit: METRICS[id].unit })),
    usual: { family, cost: "deployed-bytes", limit: "" },
    boards: families,
  };
}

/** At most `most` boards to picture, every family in turn before any has a further one; and the other current ones. */
export function picturedBoards(
  boards: readonly BoardRef[],
  most: number,
): { readonly pictured: readonly BoardRef[]; readonly others: ByFamily } {
  const families = [...byFamily(chosenFrom(boards)).values()];
  const turns = Math.max(0, ...families.map((each) => each.length));
  const inTurn = Array.from({ length: turns }, (_, turn) =>
    families.flatMap((each) => each.slice(turn, turn + 1)),
  );
  const taken = new Set(inTurn.flat().slice(0, most));
  return {
    pictured: families.flat().filter((board) => taken.has(board)),
    others: byFamily(boards.filter((board) => board.current && !taken.has(board))),
  };
}
