// The campaign: which rounds of which kinds a number of faults means, and doing them side by side. Nothing is printed here.
import { type Stream, stream } from "#harness/random/stream.ts";
import { CLOCKS } from "./clock.ts";
import { CRASH_POINTS } from "./crash-points.ts";
import { CROWDS } from "./crowds.ts";
import { DAMAGE } from "./damage.ts";
import { DISKS } from "./disks.ts";
import { ENGINES } from "./engines.ts";
import type { Violation } from "./inspect.ts";
import { KILLS } from "./kills.ts";
import { OUTCOMES } from "./outcomes.ts";
import { makePlace, type Place } from "./place.ts";
import type { Kind } from "./round.ts";

export const KINDS: readonly Kind[] = [
  ...KILLS,
  ...CRASH_POINTS,
  ...OUTCOMES,
  ...DISKS,
  ...CLOCKS,
  ...DAMAGE,
  ...CROWDS,
  ...ENGINES,
];

export interface PlannedRound {
  readonly kind: Kind;
  /** Number of the round among those of its kind: with the seed it names the round's random numbers. */
  readonly index: number;
  readonly faults: number;
}

/** Rounds of about `count` faults, every kind by its share and at least once. */
export function planRounds(count: number, kinds: readonly Kind[]): PlannedRound[] {
  const shares = kinds.reduce((sum, { share }) => sum + share, 0);
  return kinds.flatMap((kind) => {
    let left = Math.max(1, Math.round((count * kind.share) / shares));
    const rounds: PlannedRound[] = [];
    for (let index = 0; left > 0; index++) {
      const faults = Math.min(kind.perRound, left);
      rounds.push({ kind, index, faults });
      left -= faults;
    }
    return rounds;
  });
}

export interface RoundResult extends PlannedRound {
  readonly injected: number;
  readonly violations: readonly Violation[];
  readonly seconds: number;
}

export interface CampaignOptions {
  readonly rounds: readonly PlannedRound[];
  readonly seed: number;
  /** Rounds done at a time, each in a checkout of its own. */
  readonly jobs: number;
  onRound(result: RoundResult): void;
}

const shuffled = (rounds: readonly PlannedRound[], random: Stream): PlannedRound[] =>
  [...random.permutation(rounds.length)].flatMap((index) => rounds[index] ?? []);

/** Does the rounds; how each came out, in the order of their ends. */
export async function runCampaign({ rounds, seed, jobs, onRound }: CampaignOptions): Promise<RoundResult[]> {
  const results: RoundResult[] = [];
  const order = shuffled(rounds, stream(seed, "faults", "order"));
  // Rounds with real training take longest and come first, all in one checkout.
  const real = order.filter(({ kind }) => kind.real === true);
  const quick = order.filter(({ kind }) => kind.real !== true);

  const lane = async (first: readonly PlannedRound[]): Promise<void> => {
    const mine = [...first];
    let place: Place | undefined;
    try {
      for (
        let next = mine.shift() ?? quick.shift();
        next !== undefined;
        next = mine.shift() ?? quick.shift()
      ) {
        const isReal = next.kind.real === true;
        if (place !== undefined && place.real !== isReal) {
          place.remove();
          place = undefined;
        }
        place ??= await makePlace({ real: isReal });
        const result = await runRound(place, next, seed);
        results.push(result);
        onRound(result);
      }
    } finally {
      place?.remove();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, (_, index) => lane(index === 0 ? real : [])));
  return results;
}

async function runRound(place: Place, planned: PlannedRound, seed: number): Promise<RoundResult> {
  const { kind, index, faults } = planned;
  const violations: Violation[] = [];
  const began = performance.now();
  place.clean();
  const injected = await kind.run({
    place,
    faults,
    random: stream(seed, "faults", kind.id, String(index)),
    found: (more) => void violations.push(...more),
  });
  return { ...planned, injected, violations, seconds: (performance.now() - began) / 1000 };
}
