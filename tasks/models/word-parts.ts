// What the text models from scratch have in common: a table of words, the mean as the pooling they start with, dropout.
import { Embedding } from "#harness/nn/embedding.ts";
import { normal, type Stream } from "#harness/nn/init.ts";
import { MeanPooling } from "#harness/nn/sequence-pool.ts";
import type { EmbeddingSite, PoolingSite } from "#harness/nn/site.ts";

/**
 * Probability of zeroing a number of an embedding and of the pooled vector while training. Card 01 has 0.3; a choice for the
 * few texts here, which such models soon know by heart; not swept by itself.
 */
export const DROPOUT = 0.5;

/** Standard deviation of a new word's numbers: that of U(-0.25, 0.25) (Kim 2014). */
const EMBEDDING_STD = 0.15;

export interface WordModelOptions {
  /** Word ids there are. */
  readonly vocabulary: number;
  readonly outputs: number;
  readonly init: Stream;
}

export const wordTable = (vocabulary: number, width: number, init: Stream): EmbeddingSite => ({
  kind: "embedding",
  path: "embedding",
  block: null,
  module: new Embedding("embedding", vocabulary, width, normal(vocabulary * width, EMBEDDING_STD, init)),
});

export const meanPooling = (width: number): PoolingSite => ({
  kind: "pooling",
  path: "pooling",
  block: null,
  module: new MeanPooling(width),
});
