// Commands that die, or whose disk fails, at one exact operation: while a file is written, linked, renamed or removed, and
// between the statements of a transaction. The operations are those of an unbroken command, counted by intruder.js.
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import type { Stream } from "#harness/random/stream.ts";
import { pick } from "./draw.ts";
import type { Intrusion } from "./place.ts";
import { hit, injectEach, type Kind, type Round, verbOf } from "./round.ts";

const { ok, storage, failed } = EXIT_CODES;

/** Statements that matter more than one insert of many. */
const isBorder = (name: string): boolean =>
  !/^insert into "(metrics|latencies|phases|curves)/.test(name.trim());

/** Number of an operation, from 1; half of the time one of the borders. */
function operationOf(random: Stream, names: readonly string[]): number {
  const all = names.map((name, index) => ({ name, at: index + 1 }));
  const borders = all.filter(({ name }) => isBorder(name));
  return pick(random, random.uniform() < 0.5 && borders.length > 0 ? borders : all).at;
}

/** A fault at an operation. Later commands of a round have fewer of them: where it never came, all was done, and it begins anew. */
async function strike(
  round: Round,
  of: "file" | "sql",
  how: NonNullable<Intrusion["how"]>,
  codes: readonly (number | null)[],
): Promise<boolean> {
  const { random } = round;
  const at = operationOf(random, round.place.trace[of]);
  for (let attempt = 0; attempt < 2; attempt++) {
    await hit(round, { verb: verbOf(random), options: { intrusion: { of, at, how } }, codes });
    if (round.place.struck()) return true;
    round.place.clean();
  }
  return false;
}

const deaths = (of: "file" | "sql") => (round: Round) =>
  injectEach(round, () => {
    const how = pick(round.random, ["before", "half", "half", "after"] as const);
    return strike(round, of, how, [null, ok.code]);
  });

const failures = (round: Round): Promise<number> =>
  injectEach(round, () => {
    const of = pick(round.random, ["file", "file", "sql"] as const);
    const how =
      of === "file"
        ? pick(round.random, ["ENOSPC", "EIO", "EROFS"] as const)
        : pick(round.random, ["SQLITE_FULL", "SQLITE_IOERR"] as const);
    return strike(round, of, how, [ok.code, storage.code, failed.code]);
  });

export const CRASH_POINTS: readonly Kind[] = [
  {
    id: "kill-in-file-write",
    what: "death in the middle of, before or after one file operation",
    perRound: 4,
    share: 28,
    run: deaths("file"),
  },
  {
    id: "kill-in-transaction",
    what: "death before, at or after one statement of the database",
    perRound: 4,
    share: 24,
    run: deaths("sql"),
  },
  {
    id: "failing-disk",
    what: "one file operation or statement fails: no space, input/output error, read-only",
    perRound: 4,
    share: 16,
    run: failures,
  },
];
