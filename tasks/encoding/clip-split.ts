// A split of pictures for image-text models: bytes are held at their own size, numbers are made batch by batch. Training
// pictures are cut and mirrored anew in each epoch, as few-shot CLIP does it (Zhou et al. 2022: random resized crop, flip).
import { resizePixels } from "#harness/data/resize.ts";
import type { Stream } from "#harness/random/stream.ts";
import type { Batches, HostBatch, Split, TaskData } from "#harness/task/contract.ts";

/** Square pictures of one size with names and class ids. */
export interface Pictures {
  readonly side: number;
  readonly names: readonly string[];
  /** [n, side, side, 3], row-major. */
  readonly pixels: Uint8Array;
  /** [n] */
  readonly labels: Int32Array;
}

/** What a tower takes: squares of `side` pixels, each channel's byte b as (b / 255 - mean) / spread. */
export interface PictureInput {
  readonly side: number;
  readonly mean: readonly [number, number, number];
  readonly spread: readonly [number, number, number];
}

/** Changes of training pictures. */
export interface Cropping {
  /** Smallest share of a picture's area that a cut keeps. */
  readonly least: number;
  /** Whether half of the pictures are mirrored left to right. */
  readonly mirror: boolean;
}

interface Cut {
  readonly left: number;
  readonly top: number;
  readonly side: number;
  readonly mirrored: boolean;
}

/** The pictures at `positions`, in that order. */
export function pickPictures(from: Pictures, positions: ArrayLike<number>): Pictures {
  const size = from.side ** 2 * 3;
  const pixels = new Uint8Array(positions.length * size);
  const labels = new Int32Array(positions.length);
  const names: string[] = [];
  for (const [to, at] of Array.from(positions).entries()) {
    pixels.set(from.pixels.subarray(at * size, (at + 1) * size), to * size);
    labels[to] = from.labels[at] ?? 0;
    names.push(from.names[at] ?? "");
  }
  return { side: from.side, names, pixels, labels };
}

export class ClipSplit implements Split {
  readonly size: number;
  readonly targets: Int32Array;
  readonly #pictures: Pictures;
  readonly #input: PictureInput;
  readonly #cropping: Cropping | null;

  constructor(pictures: Pictures, input: PictureInput, cropping: Cropping | null) {
    this.#pictures = pictures;
    this.#input = input;
    this.#cropping = cropping;
    this.size = pictures.labels.length;
    this.targets = pictures.labels;
  }

  batches(batchSize: number): Batches {
    return this.#lazily(batchSize, (position) => position, null);
  }

  /** Order and cuts are drawn here and now, so that the batches are the same however often they are read. */
  epoch(batchSize: number, order: Stream): Batches {
    const positions = order.permutation(this.size);
    const cropping = this.#cropping;
    const cuts = cropping === null ? null : Array.from(positions, () => this.#draw(cropping, order));
    return this.#lazily(batchSize, (position) => positions[position] ?? 0, cuts);
  }

  item(position: number): HostBatch {
    return this.batch(Int32Array.of(position));
  }

  /** `pixels` [B, side, side, 3] and targets [B] of the pictures at `items`, each cut as `cuts` says. */
  batch(items: Int32Array, cuts: readonly Cut[] | null = null): HostBatch {
    const { side } = this.#input;
    const numbers = side * side * 3;
    const pixels = new Float32Array(items.length * numbers);
    for (const [row, item] of items.entries())
      this.#write(item, cuts?.[row] ?? null, pixels.subarray(row * numbers, (row + 1) * numbers));
    return {
      key: `B=${items.length}`,
      size: items.length,
      inputs: { pixels: { data: pixels, shape: [items.length, side, side, 3] } },
      targets: { data: Int32Array.from(items, (item) => this.targets[item] ?? 0), shape: [items.length] },
      items,
    };
  }

  #draw({ least, mirror }: Cropping, order: Stream): Cut {
    const side = this.#pictures.side * Math.sqrt(least + (1 - least) * order.uniform());
    const room = this.#pictures.side - side;
    return {
      side,
      left: room * order.uniform(),
      top: room * order.uniform(),
      mirrored: order.uniform() < 0.5 && mirror,
    };
  }

  #write(item: number, cut: Cut | null, out: Float32Array): void {
    const { side, pixels } = this.#pictures;
    const { side: to, mean, spread } = this.#input;
    const own = pixels.subarray(item * side * side * 3, (item + 1) * side * side * 3);
    const box =
      cut === null
        ? { left: 0, top: 0, width: side, height: side }
        : { left: cut.left, top: cut.top, width: cut.side, height: cut.side };
    const same = cut === null && side === to;
    const bytes = same
      ? own
      : resizePixels(own, { width: side, height: side, channels: 3 }, box, { width: to, height: to });
    for (let y = 0; y < to; y++) {
      for (let x = 0; x < to; x++) {
        const from = (y * to + (cut?.mirrored === true ? to - 1 - x : x)) * 3;
        for (let c = 0; c < 3; c++)
          out[(y * to + x) * 3 + c] =
            ((bytes[from + c] as number) / 255 - (mean[c] as number)) / (spread[c] as number);
      }
    }
  }

  #lazily(batchSize: number, itemAt: (position: number) => number, cuts: readonly Cut[] | null): Batches {
    const { size } = this;
    const make = this.batch.bind(this);
    return {
      count: Math.ceil(size / batchSize),
      *[Symbol.iterator]() {
        for (let from = 0; from < size; from += batchSize) {
          const positions = Array.from({ length: Math.min(batchSize, size - from) }, (_, i) => from + i);
          yield make(
            Int32Array.from(positions, itemAt),
            cuts === null ? null : positions.flatMap((at) => cuts.slice(at, at + 1)),
          );
        }
      },
    };
  }
}

/** The first `size` pictures, going round where the split has fewer. */
const first = (split: ClipSplit, size: number): HostBatch =>
  split.batch(Int32Array.from({ length: size }, (_, i) => i % split.size));

/** The three splits. All pictures have one size, so that the longest and the typical batch are any. */
export function clipData(
  splits: { readonly train: ClipSplit; readonly validation: ClipSplit; readonly test: ClipSplit },
  { side }: PictureInput,
): TaskData {
  return {
    ...splits,
    longest: (size) => first(splits.train, size),
    typical: (size) => ({
      batch: first(splits.test, size),
      example: { height: side, width: side, channels: 3 },
    }),
  };
}
