import { describe, expect, test } from "vitest";
import { stream } from "#harness/random/stream.ts";
import { epochBatches, paddedLength, padTokens, stableBatches } from "./batching.ts";

const buckets = [8, 16, 32, 64];
/** 1,001 lengths from 0 to 79, by a fixed rule. */
const lengths = Int32Array.from({ length: 1001 }, (_, i) => (i * 37) % 80);
const options = { lengths, buckets, batchSize: 32 };
const itemsOf = (batches: readonly { items: Int32Array }[]) => batches.flatMap(({ items }) => [...items]);
const everyItem = Array.from(lengths, (_, i) => i);

describe.each([
  ["an epoch", () => epochBatches(options, stream(0, "order"))],
  ["evaluation", () => stableBatches(options)],
])("%s", (_name, make) => {
  test("holds every item exactly once, in ceil(n / batch size) batches of which one is not full", () => {
    const batches = make();
    expect(itemsOf(batches).sort((a, b) => a - b)).toEqual(everyItem);
    expect(batches).toHaveLength(Math.ceil(1001 / 32));
    expect(batches.filter(({ items }) => items.length !== 32).map(({ items }) => items.length)).toEqual([
      1001 % 32,
    ]);
  });

  test("pads each batch to a bucket that holds its items, or cuts at the last", () => {
    for (const { items, length } of make()) {
      expect(buckets).toContain(length);
      const longest = Math.max(...Array.from(items, (item) => lengths[item] ?? 0));
      expect(length).toBeGreaterThanOrEqual(Math.min(longest, 64));
    }
  });

  test("has at most one shape a bucket and one for the rest", () => {
    expect(new Set(make().map(({ items, length }) => `${items.length}x${length}`)).size).toBeLessThanOrEqual(
      buckets.length + 1,
    );
  });
});

test("the same stream gives the same epoch and another seed another one", () => {
  const epoch = (seed: number) => epochBatches(options, stream(seed, "order"));
  expect(epoch(1)).toEqual(epoch(1));
  expect(itemsOf(epoch(1))).not.toEqual(itemsOf(epoch(2)));
});

test("an epoch's batches are not sorted by length", () => {
  const order = epochBatches(options, stream(0, "order")).map(({ length }) => length);
  expect(order).not.toEqual([...order].sort((a, b) => a - b));
});

test("padding costs little: fewer than 5 percent more tokens than buckets alone", () => {
  const alone = Array.from(lengths, (length) => paddedLength(length, buckets)).reduce((a, b) => a + b, 0);
  const cost = (batches: ReturnType<typeof stableBatches>) =>
    batches.reduce((sum, { items, length }) => sum + items.length * length, 0);
  expect(cost(epochBatches(options, stream(0, "order")))).toBeLessThan(1.05 * alone);
});

test("evaluation keeps items in their own order within a bucket", () => {
  expect(stableBatches({ lengths: [5, 20, 6, 7, 30, 25], buckets: [8, 32], batchSize: 2 })).toEqual([
    { items: Int32Array.of(0, 2), length: 8 },
    { items: Int32Array.of(3, 1), length: 32 },
    { items: Int32Array.of(4, 5), length: 32 },
  ]);
});

test("the last batch is only as long as its own items need", () => {
  expect(
    stableBatches({ lengths: [3, 4, 5], buckets: [8, 32], batchSize: 2 }).map(({ length }) => length),
  ).toEqual([8, 8]);
});

test("no item gives no batch, and lengths on a border stay in the bucket", () => {
  expect(epochBatches({ ...options, lengths: [] }, stream(0, "order"))).toEqual([]);
  expect([0, 8, 9, 64, 65].map((length) => paddedLength(length, buckets))).toEqual([8, 8, 16, 64, 64]);
});

test("impossible options are refused", () => {
  expect(() => stableBatches({ ...options, buckets: [16, 8] })).toThrow("ascending");
  expect(() => stableBatches({ ...options, buckets: [] })).toThrow("ascending");
  expect(() => stableBatches({ ...options, batchSize: 0 })).toThrow("batch size");
});

test("token ids are padded by zeros or cut, with a mask of ones at tokens", () => {
  const { ids, mask } = padTokens([[1, 2, 3, 4], [], [5]], { items: Int32Array.of(2, 0, 1), length: 3 });
  expect([...ids]).toEqual([5, 0, 0, 1, 2, 3, 0, 0, 0]);
  expect([...mask]).toEqual([1, 0, 0, 1, 1, 1, 0, 0, 0]);
});
