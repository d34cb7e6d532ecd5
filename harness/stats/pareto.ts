// Trade-offs: which methods no other one beats on all objectives at once, and how sure that is.
import type { Stream } from "#harness/random/stream.ts";
import { mean } from "./summary.ts";

export type Better = "higher" | "lower";

/** True when `a` is at least as good as `b` everywhere and better somewhere. */
export function dominates(a: readonly number[], b: readonly number[], better: readonly Better[]): boolean {
  let somewhere = false;
  for (const [i, direction] of better.entries()) {
    const gain =
      direction === "higher" ? (a[i] as number) - (b[i] as number) : (b[i] as number) - (a[i] as number);
    if (!(gain >= 0)) return false;
    if (gain > 0) somewhere = true;
  }
  return somewhere;
}

/** For each point whether no other dominates it. Equal points are on the front together. */
export const onFront = (points: readonly (readonly number[])[], better: readonly Better[]): boolean[] =>
  points.map((point) => !points.some((other) => dominates(other, point, better)));

/** Objectives of one method by seed: `bySeed[seed][objective]`. */
export interface FrontArm {
  readonly id: string;
  readonly bySeed: readonly (readonly number[])[];
}

export interface FrontMember {
  readonly id: string;
  /** Means of its objectives. */
  readonly means: readonly number[];
  readonly onFront: boolean;
  /** Share of bootstrap draws over seeds in which it is on the front. */
  readonly share: number;
}

const DRAWS = 1000;

const means = (rows: readonly (readonly number[])[]): number[] =>
  (rows[0] ?? []).map((_, i) => mean(rows.map((row) => row[i] as number)));

/**
 * The front of the means, and for each method how often it is on the front when seeds are drawn anew (objectives of a seed
 * stay together). Estimand: membership over all seeds; a share near one half means that the seeds leave it open.
 */
export function paretoFront(
  arms: readonly FrontArm[],
  better: readonly Better[],
  random: Stream,
): FrontMember[] {
  const centers = arms.map((arm) => means(arm.bySeed));
  const now = onFront(centers, better);
  const counts = new Array<number>(arms.length).fill(0);
  for (let draw = 0; draw < DRAWS; draw++) {
    const points = arms.map(({ bySeed }) =>
      means(bySeed.map(() => bySeed[random.integer(bySeed.length)] as readonly number[])),
    );
    onFront(points, better).forEach((member, i) => {
      if (member) counts[i] = (counts[i] as number) + 1;
    });
  }
  return arms.map(({ id }, i) => ({
    id,
    means: centers[i] as number[],
    onFront: now[i] as boolean,
    share: (counts[i] as number) / DRAWS,
  }));
}
