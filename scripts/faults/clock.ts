// A clock that jumps while runs are done: set by hand, by a time server, by a machine that woke up. It is the command's own
// clock that jumps, by the intruder.
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import { pick } from "./draw.ts";
import { hit, type Kind, type Round, resume, verbOf } from "./round.ts";

const HOUR = 3_600_000;
const YEAR = 8766 * HOUR;
const JUMPS = [-30 * YEAR, -24 * HOUR, -HOUR, -5000, -50, 50, 5000, HOUR, 24 * HOUR, 30 * YEAR] as const;

/** Longer than any command of the campaign. */
const LONGEST_MS = 600_000;

const jumps = async (round: Round): Promise<number> => {
  const { place, random } = round;
  const jumpOf = (): [number, number] => [
    Math.floor(random.uniform() * place.milliseconds),
    pick(random, JUMPS),
  ];
  const intrusion = { jumps: Array.from({ length: round.faults }, jumpOf) };
  await hit(round, { verb: verbOf(random), options: { intrusion }, codes: [EXIT_CODES.ok.code] });
  for (const { id, startedAt, finishedAt } of place.scratch.records()) {
    const took = Date.parse(finishedAt) - Date.parse(startedAt);
    if (took < 0 || took > LONGEST_MS)
      round.found([{ what: "corrupt", detail: `run ${id} took ${took} ms by its record` }]);
  }
  await resume(round);
  return round.faults;
};

export const CLOCKS: readonly Kind[] = [
  {
    id: "clock-jump",
    what: "the clock jumps by 50 ms to 30 years, either way, while runs are done",
    perRound: 5,
    share: 10,
    run: jumps,
  },
];
