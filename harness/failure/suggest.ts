// "Did you mean": the nearest known name, where one is near enough to be a typing slip.
import { distance } from "fastest-levenshtein";
import { RankbenchError } from "./error.ts";
import type { ExitReason } from "./exit-codes.ts";

/** Letters in order, so that two names with their letters exchanged compare equal. */
const letters = (name: string): string => [...name].sort().join("");

/** Edits between two names; letters in another order count as one, the commonest slip of typing. */
function edits(a: string, b: string): number {
  return a !== b && letters(a) === letters(b) ? 1 : distance(a, b);
}

/** The known name nearest to `name`, or undefined when none is within a third of its length (at least 2 edits). */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestEdits = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const count = edits(name.toLowerCase(), candidate.toLowerCase());
    if (count < bestEdits) [best, bestEdits] = [candidate, count];
  }
  return best;
}

/** The error for a name that is not in a closed list: shows the nearest name, the list and how to see it. */
export function unknownName(input: {
  readonly reason: Exclude<ExitReason, "ok">;
  /** What kind of name: `method`, `task`, `site`. */
  readonly kind: string;
  readonly name: string;
  readonly known: readonly string[];
  readonly thing?: string;
  readonly field?: string;
  /** Command that lists the names; left out, the list itself is the help. */
  readonly listCommand?: string;
}): RankbenchError {
  const near = nearest(input.name, input.known);
  const list = input.known.length <= 24 ? input.known.join(", ") : `one of ${input.known.length} names`;
  const hints = [
    near === undefined ? undefined : `did you mean "${near}"?`,
    input.listCommand === undefined ? undefined : `see ${input.listCommand}`,
  ].filter((hint) => hint !== undefined);
  return new RankbenchError({
    reason: input.reason,
    problem: `unknown ${input.kind} "${input.name}"`,
    ...(input.thing === undefined ? {} : { thing: input.thing }),
    ...(input.field === undefined ? {} : { field: input.field }),
    value: input.name,
    wanted: list,
    ...(hints.length === 0 ? {} : { next: hints.join("; ") }),
  });
}
