// A split of encoded rows as batches of ids. Rows lie in a table of bounded memory; 4 bytes a row are held for its target.
import { IntegerRows } from "#harness/data/integer-rows.ts";
import type { Stream } from "#harness/random/stream.ts";
import type { Batches, HostBatch, Split, TaskData } from "#harness/task/contract.ts";
import type { CtrEncoder } from "./ctr-encoder.ts";
import type { CtrRows } from "./ctr-rows.ts";

export class CtrSplit implements Split {
  readonly size: number;
  readonly targets: Float32Array;
  readonly #rows: IntegerRows;

  /** `targets` 0 or 1, one a row. */
  constructor(rows: IntegerRows, targets: Float32Array) {
    this.size = rows.size;
    this.targets = targets;
    this.#rows = rows;
  }

  batches(batchSize: number): Batches {
    return this.#lazily(batchSize, (position) => position);
  }

  epoch(batchSize: number, order: Stream): Batches {
    const positions = order.permutation(this.size);
    return this.#lazily(batchSize, (position) => positions[position] ?? 0);
  }

  item(position: number): HostBatch {
    return this.batch(Int32Array.of(position));
  }

  /** The rows at `items`: `ids` [B, fields] int32, targets [B] float32. */
  batch(items: Int32Array): HostBatch {
    const size = items.length;
    const { width } = this.#rows;
    const ids = new Int32Array(size * width);
    const targets = new Float32Array(size);
    for (const [row, item] of items.entries()) {
      this.#rows.copy(item, ids, row * width);
      targets[row] = this.targets[item] ?? 0;
    }
    return {
      key: `B=${size}`,
      size,
      inputs: { ids: { data: ids, shape: [size, width] } },
      targets: { data: targets, shape: [size] },
      items,
    };
  }

  #lazily(batchSize: number, itemAt: (position: number) => number): Batches {
    const { size } = this;
    const make = this.batch.bind(this);
    return {
      count: Math.ceil(size / batchSize),
      *[Symbol.iterator]() {
        for (let from = 0; from < size; from += batchSize) {
          const length = Math.min(batchSize, size - from);
          yield make(Int32Array.from({ length }, (_, i) => itemAt(from + i)));
        }
      },
    };
  }
}

/** Encodes a stream of rows. Throws `data` and `storage` errors. */
export async function encodeSplit(
  encoder: CtrEncoder,
  rows: CtrRows,
  options: { readonly memoryLimit?: number } = {},
): Promise<CtrSplit> {
  const table = new IntegerRows(encoder.fields.length, options);
  const ids = new Int32Array(encoder.fields.length);
  let labels = new Uint8Array(1024);
  for await (const row of rows.read()) {
    if (table.size === labels.length) {
      const grown = new Uint8Array(2 * labels.length);
      grown.set(labels);
      labels = grown;
    }
    labels[table.size] = row.label;
    encoder.encode(row, rows.file, ids);
    table.add(ids);
  }
  return new CtrSplit(table, Float32Array.from(labels.subarray(0, table.size)));
}

/** The first `size` rows, going round where the split has fewer. */
const first = (split: CtrSplit, size: number): HostBatch =>
  split.batch(Int32Array.from({ length: size }, (_, i) => i % split.size));

/** The three splits. All rows have one shape, so that the longest and the typical batch are any. */
export function ctrData(
  splits: { readonly train: CtrSplit; readonly validation: CtrSplit; readonly test: CtrSplit },
  fields: number,
): TaskData {
  return {
    ...splits,
    longest: (size) => first(splits.train, size),
    typical: (size) => ({ batch: first(splits.test, size), example: { fields } }),
  };
}
