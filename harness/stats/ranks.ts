// Ranks that do not claim more than the seeds can carry: rows share a rank unless a test tells them apart.

import { holm, pairedT, welchT } from "./hypothesis.ts";
import { mean, RANKED_SEEDS, sampleSd } from "./summary.ts";

/** One method's values of a metric, by seed. */
export interface Sample {
  readonly id: string;
  readonly bySeed: ReadonlyMap<number, number>;
}

export interface RankedSample {
  readonly id: string;
  readonly mean: number;
  readonly n: number;
  /** 1 is best; null for fewer than three seeds. */
  readonly rank: number | null;
  /** Fewer than three seeds: shown, not ranked. */
  readonly provisional: boolean;
}

/** Chance of any false "A beats B" on a board of equal methods. */
const LEVEL = 0.05;

const varies = (values: readonly number[]): boolean => (sampleSd(values) ?? 0) > 0;

/**
 * p-value that two samples have one mean: Student's t on the differences of shared seeds when there are three or more of
 * them, else Welch's t on all seeds; null when neither can be had. Both assume normal values, which permutation tests do
 * not, but with 3 or 5 seeds those cannot reach 0.05 however far apart two methods are. Values that do not vary over seeds
 * (counts, bytes) differ for certain or not at all.
 */
export function pValue(a: Sample, b: Sample): number | null {
  const differences: number[] = [];
  for (const [seed, value] of a.bySeed) {
    const other = b.bySeed.get(seed);
    if (other !== undefined) differences.push(value - other);
  }
  const [x, y] = [[...a.bySeed.values()], [...b.bySeed.values()]];
  // Rounded shares can differ equally on all seeds by chance: only where nothing varies is that a certainty.
  const certain = !varies(x) && !varies(y);
  if (differences.length >= RANKED_SEEDS && (certain || varies(differences))) return pairedT(differences);
  return welchT(x, y);
}

/**
 * Ranks samples of one metric. A row's rank is one more than the number of rows that beat it: better mean, and a p-value
 * that stays below 0.05 after Holm's correction over all pairs. So two rows that the test cannot tell apart share a rank
 * unless a third one beats only one of them. Estimand: the order of the methods' means over all seeds, on this test split.
 */
export function rankSamples(samples: readonly Sample[], direction: "higher" | "lower"): RankedSample[] {
  const rows = samples.map((sample) => {
    const values = [...sample.bySeed.values()];
    return { sample, mean: mean(values), n: values.length, provisional: values.length < RANKED_SEEDS };
  });
  const ranked = rows.filter((row) => !row.provisional);
  const pairs = ranked.flatMap((a, i) => ranked.slice(i + 1).map((b) => ({ a, b })));
  const adjusted = holm(pairs.map(({ a, b }) => pValue(a.sample, b.sample) ?? 1));
  const beatenBy = new Map<string, number>();
  pairs.forEach(({ a, b }, i) => {
    if ((adjusted[i] ?? 1) >= LEVEL || a.mean === b.mean) return;
    const loser = a.mean > b.mean === (direction === "higher") ? b : a;
    beatenBy.set(loser.sample.id, (beatenBy.get(loser.sample.id) ?? 0) + 1);
  });
  return rows.map(({ sample: { id }, mean: center, n, provisional }) => ({
    id,
    mean: center,
    n,
    provisional,
    rank: provisional ? null : 1 + (beatenBy.get(id) ?? 0),
  }));
}
