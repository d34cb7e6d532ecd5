// Quality of predicted text: what is made of the summed negative log-likelihood of each window. Definitions of the three
// metrics stand in the catalogue (harness/record/metrics.ts).
import type { Measured } from "#harness/record/schema.ts";
import { NO_ITEMS, NOT_FINITE } from "./quality.ts";

export interface LikelihoodMetrics {
  readonly perplexity: Measured;
  readonly "nats-per-token": Measured;
  readonly "bits-per-character": Measured;
}

/**
 * `nats`: minus the summed log-probability of each window's tokens, [windows]; `counts`: tokens and characters of each
 * window, [windows, 2] row-major. Sums are over the whole split, so windows of unequal length weigh by what they hold.
 */
export function likelihoodMetrics(nats: Float32Array, counts: ArrayLike<number>): LikelihoodMetrics {
  if (counts.length !== 2 * nats.length)
    throw new Error(`${nats.length} windows, but ${counts.length / 2} pairs of counts`);
  let total = 0;
  let tokens = 0;
  let characters = 0;
  for (const [window, value] of nats.entries()) {
    total += value;
    tokens += counts[2 * window] as number;
    characters += counts[2 * window + 1] as number;
  }
  const per = (value: number, count: number): Measured =>
    count === 0 ? NO_ITEMS : Number.isFinite(value) ? { value } : NOT_FINITE;
  return {
    perplexity: per(Math.exp(total / tokens), tokens),
    "nats-per-token": per(total / tokens, tokens),
    "bits-per-character": per(total / Math.LN2 / characters, characters),
  };
}
