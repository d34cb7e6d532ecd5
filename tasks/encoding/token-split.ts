// A split of tokenised texts as batches padded to few shapes, so that a lazy engine builds few programs.
import {
  epochBatches,
  type PaddedBatch,
  paddedLength,
  padTokens,
  stableBatches,
} from "#harness/data/batching.ts";
import type { ExampleShape } from "#harness/nn/model.ts";
import type { Stream } from "#harness/random/stream.ts";
import type { Batches, HostBatch, Split, TaskData } from "#harness/task/contract.ts";

/** Padded lengths. Each costs a program for training and one for evaluation; longer texts are cut at the last. */
export const TOKEN_BUCKETS = [8, 12, 16, 24, 32, 48, 64, 96, 128] as const;

export interface TokenRows {
  readonly tokens: readonly (readonly number[])[];
  /** Class ids, one a row. */
  readonly labels: Int32Array;
}

export class TokenSplit implements Split {
  readonly size: number;
  readonly targets: Int32Array;
  readonly #rows: TokenRows;
  readonly #lengths: Int32Array;

  constructor(rows: TokenRows) {
    this.#rows = rows;
    this.size = rows.tokens.length;
    this.targets = rows.labels;
    this.#lengths = Int32Array.from(rows.tokens, (ids) => ids.length);
  }

  batches(batchSize: number): Batches {
    return this.#lazily(stableBatches({ lengths: this.#lengths, buckets: TOKEN_BUCKETS, batchSize }));
  }

  epoch(batchSize: number, order: Stream): Batches {
    return this.#lazily(epochBatches({ lengths: this.#lengths, buckets: TOKEN_BUCKETS, batchSize }, order));
  }

  item(position: number): HostBatch {
    return this.batch({
      items: Int32Array.of(position),
      length: paddedLength(this.lengthOf(position), TOKEN_BUCKETS),
    });
  }

  /** The rows of a batch; mask 1 at a token. A text without tokens is all padding. */
  batch(padded: PaddedBatch): HostBatch {
    const { items, length } = padded;
    const { ids, mask } = padTokens(this.#rows.tokens, padded);
    const shape = [items.length, length];
    return {
      key: `B=${items.length} T=${length}`,
      size: items.length,
      inputs: { ids: { data: ids, shape }, mask: { data: mask, shape } },
      targets: { data: Int32Array.from(items, (item) => this.targets[item] ?? 0), shape: [items.length] },
      items,
    };
  }

  /** Items in order of length, shortest first; ties in split order. */
  byLength(): Int32Array {
    return Int32Array.from({ length: this.size }, (_, i) => i).sort(
      (a, b) => (this.#lengths[a] ?? 0) - (this.#lengths[b] ?? 0) || a - b,
    );
  }

  lengthOf(item: number): number {
    return this.#lengths[item] ?? 0;
  }

  #lazily(plan: readonly PaddedBatch[]): Batches {
    const make = this.batch.bind(this);
    return {
      count: plan.length,
      *[Symbol.iterator]() {
        for (const padded of plan) yield make(padded);
      },
    };
  }
}

/** The three splits with the shapes for memory (longest training batch) and latency (median test length). */
export function tokenData(splits: {
  readonly train: TokenSplit;
  readonly validation: TokenSplit;
  readonly test: TokenSplit;
}): TaskData {
  const { train, test } = splits;
  return {
    ...splits,
    longest(size) {
      const items = train.byLength().slice(-size);
      const longest = train.lengthOf(items[items.length - 1] ?? 0);
      return train.batch({ items, length: paddedLength(longest, TOKEN_BUCKETS) });
    },
    typical(size) {
      const order = test.byLength();
      const middle = order[Math.floor(order.length / 2)] ?? 0;
      const tokens = Math.max(1, test.lengthOf(middle));
      const from = Math.max(
        0,
        Math.min(order.length - size, Math.floor(order.length / 2) - Math.floor(size / 2)),
      );
      const example: ExampleShape = { tokens };
      return { batch: test.batch({ items: order.slice(from, from + size), length: tokens }), example };
    },
  };
}
