// A split of tokenised texts, or pairs of texts, as batches padded to few shapes, so that a lazy engine builds few programs.
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
  /** Token ids of each row's texts: one text in every row, or two in every row. */
  readonly tokens: readonly (readonly (readonly number[])[])[];
  /** Class ids or values, one a row. */
  readonly targets: Int32Array | Float32Array;
  /** For pairs joined in one sequence: where the second text begins, one a row. */
  readonly second?: Int32Array;
}

export class TokenSplit implements Split {
  readonly size: number;
  readonly targets: Int32Array | Float32Array;
  /** Texts in a row: 1 or 2. */
  readonly #texts: number;
  /** All texts one after another: row r has those from r * texts on. */
  readonly #tokens: readonly (readonly number[])[];
  readonly #lengths: Int32Array;
  readonly #second: Int32Array | undefined;

  constructor({ tokens, targets, second }: TokenRows) {
    this.#second = second;
    this.size = tokens.length;
    this.targets = targets;
    this.#texts = tokens[0]?.length ?? 1;
    this.#tokens = tokens.flat();
    if (this.#tokens.length !== this.size * this.#texts)
      throw new Error("token split: rows of one and of two texts");
    this.#lengths = Int32Array.from(tokens, (texts) => Math.max(...texts.map((ids) => ids.length)));
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

  /**
   * The rows of a batch: `ids` and `mask` (1 at a token), [B, T], or [B, 2, T] for pairs, both texts padded to one
   * length. A text without tokens is all padding. Joined pairs have `types` as well, 1 from the second text on.
   */
  batch(padded: PaddedBatch): HostBatch {
    const { items, length } = padded;
    const texts = this.#texts;
    const positions = new Int32Array(items.length * texts);
    for (const [row, item] of items.entries())
      for (let t = 0; t < texts; t++) positions[row * texts + t] = item * texts + t;
    const { ids, mask } = padTokens(this.#tokens, { items: positions, length });
    const shape = texts === 1 ? [items.length, length] : [items.length, texts, length];
    const targets = new (this.targets instanceof Int32Array ? Int32Array : Float32Array)(items.length);
    for (const [row, item] of items.entries()) targets[row] = this.targets[item] ?? 0;
    const types = this.#second === undefined ? null : typesFrom(this.#second, padded);
    return {
      key: `B=${items.length} T=${length}`,
      size: items.length,
      inputs: {
        ids: { data: ids, shape },
        mask: { data: mask, shape },
        ...(types === null ? {} : { types: { data: types, shape } }),
      },
      targets: { data: targets, shape: [items.length] },
      items,
    };
  }

  /** Items in order of length, shortest first; ties in split order. */
  byLength(): Int32Array {
    return Int32Array.from({ length: this.size }, (_, i) => i).sort(
      (a, b) => (this.#lengths[a] ?? 0) - (this.#lengths[b] ?? 0) || a - b,
    );
  }

  /** Tokens of an item; of a pair, those of its longer text. */
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

/** [B, T]: 0 before each row's second text, 1 from there on, padding included. */
function typesFrom(second: Int32Array, { items, length }: PaddedBatch): Int32Array {
  const types = new Int32Array(items.length * length);
  for (const [row, item] of items.entries())
    types.fill(1, row * length + Math.min(length, second[item] ?? length), (row + 1) * length);
  return types;
}

/** `size` positions of `order` from `from` on, going round where the split has fewer items. */
const take = (order: Int32Array, from: number, size: number): Int32Array =>
  Int32Array.from({ length: size }, (_, i) => order[(from + i) % order.length] ?? 0);

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
      const items = take(train.byLength(), Math.max(0, train.size - size), size);
      const longest = items.reduce((most, item) => Math.max(most, train.lengthOf(item)), 0);
      return train.batch({ items, length: paddedLength(longest, TOKEN_BUCKETS) });
    },
    typical(size) {
      const order = test.byLength();
      const middle = Math.floor(order.length / 2);
      const tokens = Math.max(1, test.lengthOf(order[middle] ?? 0));
      const from = Math.max(0, Math.min(order.length - size, middle - Math.floor(size / 2)));
      const example: ExampleShape = { tokens };
      return { batch: test.batch({ items: take(order, from, size), length: tokens }), example };
    },
  };
}
