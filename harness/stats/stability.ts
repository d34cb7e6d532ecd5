// Two measurements of the same methods (two protocols, machines or laboratories): how far the values moved, and whether the
// order of the methods is the same. Pure functions of values by seed.
import { numberOf } from "#harness/record/schema.ts";
import { pairedInterval } from "./paired-interval.ts";
import { spearman } from "./ranking.ts";
import { type RankedSample, rankSamples, type Sample } from "./ranks.ts";
import { type Interval, mean, RANKED_SEEDS } from "./summary.ts";

/** One method's values on both sides. */
export interface MeasuredTwice {
  readonly id: string;
  readonly first: ReadonlyMap<number, number>;
  readonly other: ReadonlyMap<number, number>;
}

export interface StableCell {
  readonly id: string;
  readonly first: number;
  readonly other: number;
  /** Mean of `other` less mean of `first`, over all seeds of each side. */
  readonly deviation: number;
  readonly sharedSeeds: number;
  /** Shared seeds with exactly the same value. */
  readonly equalSeeds: number;
  /** 95 % interval of the paired difference over shared seeds; null for fewer than three. */
  readonly interval: Interval | null;
  readonly rank: { readonly first: number | null; readonly other: number | null };
}

export interface Stability {
  readonly cells: readonly StableCell[];
  /** Spearman correlation of the means; null for fewer than three methods or where one side does not vary. */
  readonly rankCorrelation: number | null;
  /** Ids whose rank is not the same, among those ranked on both sides. */
  readonly changed: readonly string[];
}

const ranksOf = (
  samples: readonly Sample[],
  direction: "higher" | "lower",
): ReadonlyMap<string, RankedSample> =>
  new Map(rankSamples(samples, direction).map((ranked) => [ranked.id, ranked]));

/**
 * Compares two measurements of the same methods. Estimand: what moving from one side to the other does to each method's
 * mean and to the order of the methods, on this test split; methods that only one side has must be left out before.
 */
export function stabilityOf(methods: readonly MeasuredTwice[], direction: "higher" | "lower"): Stability {
  const first = ranksOf(
    methods.map(({ id, first: bySeed }) => ({ id, bySeed })),
    direction,
  );
  const other = ranksOf(
    methods.map(({ id, other: bySeed }) => ({ id, bySeed })),
    direction,
  );
  const cells = methods.map((method): StableCell => {
    const [a, b] = [mean([...method.first.values()]), mean([...method.other.values()])];
    const differences = [...method.first].flatMap(([seed, value]) => {
      const repeated = method.other.get(seed);
      return repeated === undefined ? [] : [repeated - value];
    });
    return {
      id: method.id,
      first: a,
      other: b,
      deviation: b - a,
      sharedSeeds: differences.length,
      equalSeeds: differences.filter((difference) => difference === 0).length,
      interval: differences.length < RANKED_SEEDS ? null : pairedInterval(differences),
      rank: { first: first.get(method.id)?.rank ?? null, other: other.get(method.id)?.rank ?? null },
    };
  });
  const correlation =
    cells.length < 3
      ? { undefined: "too few" }
      : spearman(
          cells.map((cell) => cell.first),
          cells.map((cell) => cell.other),
        );
  return {
    cells,
    rankCorrelation: numberOf(correlation),
    changed: cells
      .filter(({ rank }) => rank.first !== null && rank.other !== null && rank.first !== rank.other)
      .map(({ id }) => id),
  };
}
