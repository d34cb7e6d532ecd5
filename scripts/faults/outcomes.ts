// Runs that end badly by themselves: out of memory, hanging, diverging. Each is recorded as what it was, and the next command
// tries it again.
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import type { OutcomeState } from "#harness/record/schema.ts";
import { pick } from "./draw.ts";
import { type Behaviour, type CellName, cellOf } from "./place.ts";
import { hit, type Kind, type Round, resume, verbOf } from "./round.ts";

const { failed } = EXIT_CODES;

/** Cells that end as `behaviours` say; how many were recorded as `state`. */
const ending =
  (state: OutcomeState, behaviours: readonly Behaviour[], extra: readonly string[]) =>
  async (round: Round): Promise<number> => {
    const { place, random } = round;
    const chosen: Record<CellName, Behaviour> = {};
    const order = [...random.permutation(place.cells.length)].slice(0, round.faults);
    for (const index of order) {
      const cell = place.cells[index];
      if (cell !== undefined) chosen[cell] = pick(random, behaviours);
    }
    place.script(chosen);
    await hit(round, { verb: verbOf(random), options: { extra }, codes: [failed.code] });
    const ended = place.scratch
      .records()
      .filter(({ identity, outcome }) => cellOf(identity) in chosen && outcome.state === state);
    if (ended.length < Object.keys(chosen).length) {
      const told = JSON.stringify(place.scratch.records().map((record) => record.outcome.state));
      round.found([{ what: "stuck", detail: `${JSON.stringify(chosen)} was recorded as ${told}` }]);
    }
    await resume(round);
    return Object.keys(chosen).length;
  };

/** The same with workers that train, whose limits are too tight. */
const limited =
  (state: OutcomeState, extra: readonly string[]) =>
  async (round: Round): Promise<number> => {
    await hit(round, { verb: verbOf(round.random), options: { extra }, codes: [failed.code] });
    const ended = round.place.scratch.records().filter(({ outcome }) => outcome.state === state).length;
    if (ended === 0) round.found([{ what: "stuck", detail: `nothing was recorded as ${state}` }]);
    await resume(round);
    return ended;
  };

/** A rate at which training leaves the numbers: it must do so twice alike, and leave other runs alone. */
const diverged = async (round: Round): Promise<number> => {
  const extra = ["--set", "learningRate=1e300"];
  const outcomes: string[] = [];
  for (let i = 0; i < 2; i++) {
    await hit(round, { verb: verbOf(round.random), options: { extra }, codes: [failed.code] });
    const states = round.place.scratch.records().map(({ outcome }) => JSON.stringify(outcome));
    outcomes.push(states.sort().join("\n"));
  }
  if (outcomes[0] !== outcomes[1] || !outcomes[0]?.includes('"diverged"'))
    round.found([{ what: "corrupt", detail: `diverged otherwise: ${outcomes.join(" / ").slice(0, 300)}` }]);
  await resume(round);
  return round.place.cells.length;
};

export const OUTCOMES: readonly Kind[] = [
  {
    id: "out-of-memory",
    what: "a worker over its limit, at the end of V8's heap, or refused memory by its engine",
    perRound: 3,
    share: 12,
    run: ending("out-of-memory", ["resident", "heap", "refused"], ["--memory-limit", "300MB"]),
  },
  {
    id: "hang",
    what: "a hook that never returns, with a child, and deaf to SIGTERM or not",
    perRound: 3,
    share: 9,
    run: ending("timeout", ["hang", "stubborn"], ["--timeout", "2s"]),
  },
  {
    id: "divergence",
    what: "a loss that is no number, or explodes",
    perRound: 3,
    share: 9,
    run: ending("diverged", ["diverge", "explode"], []),
  },
  {
    id: "crash",
    what: "a worker that aborts",
    perRound: 3,
    share: 6,
    run: ending("crashed", ["exit"], []),
  },
  {
    id: "real-out-of-memory",
    what: "training over its memory limit",
    perRound: 2,
    share: 2,
    real: true,
    run: limited("out-of-memory", ["--memory-limit", "150MB"]),
  },
  {
    id: "real-timeout",
    what: "training over its time",
    perRound: 2,
    share: 2,
    real: true,
    run: limited("timeout", ["--timeout", "1s"]),
  },
  {
    id: "real-divergence",
    what: "training at a rate of 1e300, twice",
    perRound: 2,
    share: 2,
    real: true,
    run: diverged,
  },
];
