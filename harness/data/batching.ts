// Batches of items of unequal length in few padded shapes. A lazy engine builds one program a shape, so every batch but
// one is full: what is left over in a bucket moves up into the next one instead of making a shape of its own.
import type { Stream } from "#harness/random/stream.ts";

/** Items that are padded to one length. */
export interface PaddedBatch {
  /** Positions in the split, each item once. */
  readonly items: Int32Array;
  /** Padded length, one of the buckets. Longer items are cut to it by the caller. */
  readonly length: number;
}

export interface BatchingOptions {
  /** Length of each item, in tokens. */
  readonly lengths: ArrayLike<number>;
  /** Padded lengths, ascending. Items longer than the last belong to the last. */
  readonly buckets: readonly number[];
  readonly batchSize: number;
}

function check({ buckets, batchSize }: BatchingOptions): void {
  const ascending = buckets.every((bucket, i) => Number.isInteger(bucket) && bucket > (buckets[i - 1] ?? 0));
  if (buckets.length === 0 || !ascending)
    throw new Error(`batching: buckets must be ascending positive integers, got [${buckets.join(", ")}]`);
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new Error(`batching: batch size must be a positive integer, got ${batchSize}`);
}

/** Index of the smallest bucket that holds `length`; the last one for anything longer. */
function bucketIndex(length: number, buckets: readonly number[]): number {
  const found = buckets.findIndex((bucket) => length <= bucket);
  return found < 0 ? buckets.length - 1 : found;
}

/** Padded length of an item: the smallest bucket that holds it, or the last bucket. */
export function paddedLength(length: number, buckets: readonly number[]): number {
  return buckets[bucketIndex(length, buckets)] ?? 0;
}

/** Cuts items, taken in the given order, into batches: ceil(n / batchSize) of them, short ones first. */
function cut(order: Iterable<number>, options: BatchingOptions): PaddedBatch[] {
  check(options);
  const { lengths, buckets, batchSize } = options;
  const waiting = buckets.map((): number[] => []);
  for (const item of order) waiting[bucketIndex(lengths[item] ?? 0, buckets)]?.push(item);
  const batches: PaddedBatch[] = [];
  let rest: number[] = [];
  for (const [b, own] of waiting.entries()) {
    const items = [...rest, ...own];
    const full = items.length - (items.length % batchSize);
    for (let i = 0; i < full; i += batchSize)
      batches.push({ items: Int32Array.from(items.slice(i, i + batchSize)), length: buckets[b] ?? 0 });
    rest = items.slice(full);
  }
  if (rest.length > 0) {
    const longest = rest.reduce((most, item) => Math.max(most, lengths[item] ?? 0), 0);
    batches.push({ items: Int32Array.from(rest), length: paddedLength(longest, buckets) });
  }
  return batches;
}

/** One epoch: items and then batches shuffled by `order`, every item exactly once, ceil(n / batchSize) batches. */
export function epochBatches(options: BatchingOptions, order: Stream): PaddedBatch[] {
  const batches = cut(order.permutation(options.lengths.length), options);
  const shuffled: PaddedBatch[] = [];
  for (const at of order.permutation(batches.length)) {
    const batch = batches[at];
    if (batch !== undefined) shuffled.push(batch);
  }
  return shuffled;
}

/** The same without randomness, for evaluation: items in their own order within a bucket, short batches first. */
export function stableBatches(options: BatchingOptions): PaddedBatch[] {
  return cut(
    Array.from({ length: options.lengths.length }, (_, i) => i),
    options,
  );
}

/** Token ids of a batch, padded by zeros or cut: `ids` and `mask` (1 at a token), both [items, length] row-major. */
export function padTokens(
  tokens: readonly ArrayLike<number>[],
  batch: PaddedBatch,
): { readonly ids: Int32Array; readonly mask: Float32Array } {
  const { items, length } = batch;
  const ids = new Int32Array(items.length * length);
  const mask = new Float32Array(items.length * length);
  for (const [row, item] of items.entries()) {
    const own = tokens[item] ?? [];
    for (let t = 0; t < Math.min(own.length, length); t++) {
      ids[row * length + t] = own[t] ?? 0;
      mask[row * length + t] = 1;
    }
  }
  return { ids, mask };
}
