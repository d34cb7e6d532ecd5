// A split of images as batches of numbers. Bytes are held, numbers are made batch by batch.
import type { Stream } from "#harness/random/stream.ts";
import type { Batches, HostBatch, Split, TaskData } from "#harness/task/contract.ts";
import {
  type Augmentation,
  type Change,
  drawChanges,
  type ImageInput,
  placeImage,
  type Scaling,
  UNCHANGED,
} from "./image-input.ts";
import type { ImageRows } from "./image-rows.ts";

export interface ImageSplitOptions {
  readonly rows: ImageRows;
  readonly input: ImageInput;
  readonly scaling: Scaling;
  /** For epochs of the split; null for none. Everything else shows images as they are. */
  readonly augmentation: Augmentation | null;
}

export class ImageSplit implements Split {
  readonly size: number;
  readonly targets: Int32Array;
  readonly #options: ImageSplitOptions;

  constructor(options: ImageSplitOptions) {
    this.#options = options;
    this.size = options.rows.labels.length;
    this.targets = Int32Array.from(options.rows.labels);
  }

  batches(batchSize: number): Batches {
    return this.#lazily(
      batchSize,
      (position) => position,
      () => UNCHANGED,
    );
  }

  /** Order and changes are drawn here and now, so that the batches are the same however often they are read. */
  epoch(batchSize: number, order: Stream): Batches {
    const positions = order.permutation(this.size);
    const { augmentation } = this.#options;
    const changes = augmentation === null ? [] : drawChanges(this.size, augmentation, order);
    return this.#lazily(
      batchSize,
      (position) => positions[position] ?? 0,
      (position) => changes[position] ?? UNCHANGED,
    );
  }

  item(position: number): HostBatch {
    return this.batch(Int32Array.of(position));
  }

  /** The images at `items`, each changed as `changes` says: `pixels` [B, side, side, channels], targets [B]. */
  batch(items: Int32Array, changes: readonly Change[] = []): HostBatch {
    const { rows, input, scaling } = this.#options;
    const { side, channels } = input;
    const size = items.length;
    const numbers = side * side * channels;
    const pixels = new Float32Array(size * numbers);
    for (const [row, item] of items.entries()) {
      const change = changes[row] ?? UNCHANGED;
      placeImage(rows, item, { input, scaling, change }, pixels, row * numbers);
    }
    return {
      key: `B=${size}`,
      size,
      inputs: { pixels: { data: pixels, shape: [size, side, side, channels] } },
      targets: { data: Int32Array.from(items, (item) => this.targets[item] ?? 0), shape: [size] },
      items,
    };
  }

  #lazily(
    batchSize: number,
    itemAt: (position: number) => number,
    changeAt: (position: number) => Change,
  ): Batches {
    const { size } = this;
    const make = this.batch.bind(this);
    return {
      count: Math.ceil(size / batchSize),
      *[Symbol.iterator]() {
        for (let from = 0; from < size; from += batchSize) {
          const positions = Array.from({ length: Math.min(batchSize, size - from) }, (_, i) => from + i);
          yield make(Int32Array.from(positions, itemAt), positions.map(changeAt));
        }
      },
    };
  }
}

/** The first `size` rows, going round where the split has fewer. */
const first = (split: ImageSplit, size: number): HostBatch =>
  split.batch(Int32Array.from({ length: size }, (_, i) => i % split.size));

/** The three splits. All images have one shape, so that the longest and the typical batch are any. */
export function imageData(
  splits: { readonly train: ImageSplit; readonly validation: ImageSplit; readonly test: ImageSplit },
  { side, channels }: ImageInput,
): TaskData {
  return {
    ...splits,
    longest: (size) => first(splits.train, size),
    typical: (size) => ({
      batch: first(splits.test, size),
      example: { height: side, width: side, channels },
    }),
  };
}
