// From paired values of two arms to a verdict on one part of a claim. Pure: no store, no method, no task.
import type { Direction } from "#harness/record/metrics.ts";
import { pairedInterval } from "#harness/stats/paired-interval.ts";
import { RANKED_SEEDS } from "#harness/stats/summary.ts";
import type { ClaimTest } from "./schema.ts";

const CLAIM_STATES = ["holds", "does-not-hold", "cannot-tell"] as const;
export type ClaimState = (typeof CLAIM_STATES)[number];

/** One seed's values of both arms. */
export interface Pair {
  readonly seed: number;
  readonly subject: number;
  readonly reference: number;
}

export interface PartInput {
  readonly test: ClaimTest;
  readonly pairs: readonly Pair[];
  readonly direction: Direction;
  /** Counts and bytes: the same whenever the run is repeated, so one seed decides. */
  readonly exact: boolean;
}

export interface PartVerdict {
  readonly state: ClaimState;
  /** Subject less reference, or subject over reference for `ratio`; null without a pair. */
  readonly effect: number | null;
  /** 95 % interval of the effect over seeds; null where it is exact or there are too few seeds. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly seeds: number;
  /** Why it cannot be told. */
  readonly reason: string | null;
}

const unknown = (reason: string, seeds: number, effect: number | null = null): PartVerdict => ({
  state: "cannot-tell",
  effect,
  interval: null,
  seeds,
  reason,
});

/** Where the truth lies, if it lies between `low` and `high`, seen from what the test wants. */
function stateOf(test: ClaimTest, low: number, high: number, sign: 1 | -1): ClaimState {
  // In units of "better": turned round where lower is better.
  const [worst, best] = sign === 1 ? [low, high] : [-high, -low];
  switch (test.kind) {
    case "better":
      return worst > test.by ? "holds" : best <= test.by ? "does-not-hold" : "cannot-tell";
    case "not-worse":
      return worst > -test.within ? "holds" : best <= -test.within ? "does-not-hold" : "cannot-tell";
    case "equivalent":
      if (low > -test.within && high < test.within) return "holds";
      return low >= test.within || high <= -test.within ? "does-not-hold" : "cannot-tell";
    case "ratio":
      return high <= test.atMost ? "holds" : low > test.atMost ? "does-not-hold" : "cannot-tell";
  }
}

/**
 * The verdict on one part. Exact costs are decided by the seeds that are there, all of which must agree; everything else
 * by Student's interval of paired differences (of logarithms for ratios) over at least three seeds, never by fewer.
 */
export function judgePart({ test, pairs, direction, exact }: PartInput): PartVerdict {
  const seeds = pairs.length;
  const [first] = pairs;
  if (first === undefined) return unknown("no seed has a result of both arms", 0);
  if (direction === "neutral" && (test.kind === "better" || test.kind === "not-worse"))
    return unknown("the metric has no better direction", seeds);
  const ratio = test.kind === "ratio";
  if (ratio && pairs.some(({ subject, reference }) => subject <= 0 || reference <= 0))
    return unknown("a ratio of values that are not positive", seeds);
  const sign = direction === "lower" ? -1 : 1;
  const effects = pairs.map(({ subject, reference }) => (ratio ? subject / reference : subject - reference));
  if (exact) {
    const [low, high] = [Math.min(...effects), Math.max(...effects)];
    const state = stateOf(test, low, high, sign);
    const effect = effects.reduce((sum, value) => sum + value, 0) / seeds;
    return state === "cannot-tell"
      ? unknown("seeds disagree about a cost", seeds, effect)
      : { state, effect, interval: null, seeds, reason: null };
  }
  const scaled = ratio ? effects.map(Math.log) : effects;
  const back = ratio ? Math.exp : (value: number) => value;
  const found = pairedInterval(scaled);
  const effect = back(scaled.reduce((sum, value) => sum + value, 0) / seeds);
  if (found === null || seeds < RANKED_SEEDS)
    return unknown(`${seeds} of at least ${RANKED_SEEDS} seeds`, seeds, effect);
  const interval = { low: back(found.low), high: back(found.high) };
  const varied = pairs.some(({ subject }) => subject !== first.subject);
  // Rounded shares can differ by the same number on a few seeds by chance; that is no certainty.
  if (varied && interval.low === interval.high)
    return unknown("all seeds differ by the same number; more seeds are needed", seeds, effect);
  const state = stateOf(test, interval.low, interval.high, sign);
  const reason = state === "cannot-tell" ? "the interval holds both answers; more seeds are needed" : null;
  return { state, effect, interval, seeds, reason };
}

/** A claim holds when all parts do, and fails when one does. */
export function combine(parts: readonly PartVerdict[]): ClaimState {
  if (parts.some(({ state }) => state === "does-not-hold")) return "does-not-hold";
  return parts.every(({ state }) => state === "holds") ? "holds" : "cannot-tell";
}
