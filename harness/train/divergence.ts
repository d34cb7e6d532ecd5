// When training has failed by itself: a loss that is no number, or one that exploded. An outcome, not a crash.

export class Divergence extends Error {
  readonly reason: "nan-loss" | "loss-explosion" | "nan-scores";
  readonly loss: number | null;
  readonly stage: string | null;
  readonly step: number | null;

  constructor(
    reason: Divergence["reason"],
    at: { loss: number | null; stage: string | null; step: number | null },
  ) {
    super(`training diverged (${reason}) at step ${at.step ?? "?"} of stage ${at.stage ?? "?"}`);
    this.name = "Divergence";
    this.reason = reason;
    this.loss = at.loss;
    this.stage = at.stage;
    this.step = at.step;
  }
}

/** Steps whose mean loss is watched. */
const WINDOW = 20;
/** The windowed loss may be this many times the larger of 1 and the first loss. */
const EXPLOSION = 10;

/** Watches a stage's losses. `check` throws a Divergence at the first loss that is not finite or when the windowed mean explodes. */
export function divergenceWatch(stage: string): { check(step: number, loss: number): void } {
  let limit: number | undefined;
  const recent: number[] = [];
  return {
    check(step, loss) {
      if (!Number.isFinite(loss)) throw new Divergence("nan-loss", { loss: null, stage, step });
      limit ??= EXPLOSION * Math.max(1, Math.abs(loss));
      recent.push(loss);
      if (recent.length > WINDOW) recent.shift();
      const mean = recent.reduce((a, b) => a + b, 0) / recent.length;
      if (recent.length === WINDOW && mean > limit)
        throw new Divergence("loss-explosion", { loss: mean, stage, step });
    },
  };
}
