// A text's tokens as windows of one length, each token predicted once from those before it. Windows of a split share no
// predicted token; which text a split has is decided before (lm-task.ts).
import type { Stream } from "#harness/random/stream.ts";
import type { Batches, HostBatch, Split, TaskData } from "#harness/task/contract.ts";

export interface TokenText {
  /** Ids of the whole text in order. */
  readonly ids: Int32Array;
  /** Characters (code points) that begin in each token. */
  readonly characters: Uint8Array;
}

interface Window {
  /** Position in the split. */
  readonly item: number;
  /** Its first input token in the text. */
  readonly from: number;
}

export class WindowSplit implements Split {
  readonly size: number;
  /** Predicted tokens and characters of each window, [size, 2]. */
  readonly targets: Int32Array;
  readonly context: number;
  readonly #ids: Int32Array;

  /** At least two tokens: the first of a text is predicted from nothing and never counts. */
  constructor({ ids, characters }: TokenText, context: number) {
    if (ids.length < 2) throw new Error(`a text of ${ids.length} tokens has nothing to predict`);
    this.#ids = ids;
    this.context = context;
    this.size = Math.ceil((ids.length - 1) / context);
    this.targets = new Int32Array(2 * this.size);
    for (let at = 1; at < ids.length; at++) {
      const item = Math.floor((at - 1) / context);
      this.targets[2 * item] = (this.targets[2 * item] ?? 0) + 1;
      this.targets[2 * item + 1] = (this.targets[2 * item + 1] ?? 0) + (characters[at] ?? 0);
    }
  }

  /** Whole windows first, then the text's last one, where it is shorter, in a batch of its own. */
  batches(batchSize: number): Batches {
    const windows = Array.from({ length: this.size }, (_, item) => ({ item, from: item * this.context }));
    const whole = Math.floor((this.#ids.length - 1) / this.context);
    const parts = [...chunks(windows.slice(0, whole), batchSize), ...chunks(windows.slice(whole), batchSize)];
    return this.#lazily(parts);
  }

  /**
   * Whole windows in a new order, cut anew from a drawn place on, so that an epoch is not the last one's windows again.
   * Every batch is full: the fewer than `batchSize` windows left over, and the tokens before the cut, wait for other epochs.
   */
  epoch(batchSize: number, order: Stream): Batches {
    const { context } = this;
    const count = Math.floor((this.#ids.length - context) / context);
    const start = order.integer(context);
    const windows = Array.from(order.permutation(count), (item) => ({ item, from: start + item * context }));
    return this.#lazily(chunks(windows, batchSize).filter((part) => part.length === batchSize));
  }

  item(position: number): HostBatch {
    return this.#batch([{ item: position, from: position * this.context }]);
  }

  /** The first `size` whole windows, going round where there are fewer. */
  first(size: number): HostBatch {
    const whole = Math.max(1, Math.floor((this.#ids.length - 1) / this.context));
    const windows = Array.from({ length: size }, (_, row) => ({
      item: row % whole,
      from: (row % whole) * this.context,
    }));
    return this.#batch(windows);
  }

  #batch(windows: readonly Window[]): HostBatch {
    const [{ from: first } = { from: 0 }] = windows;
    const tokens = Math.min(this.context, this.#ids.length - 1 - first);
    const ids = new Int32Array(windows.length * tokens);
    const targets = new Int32Array(windows.length * tokens);
    for (const [row, { from }] of windows.entries()) {
      ids.set(this.#ids.subarray(from, from + tokens), row * tokens);
      targets.set(this.#ids.subarray(from + 1, from + tokens + 1), row * tokens);
    }
    const shape = [windows.length, tokens];
    return {
      key: `B=${windows.length} T=${tokens}`,
      size: windows.length,
      inputs: { ids: { data: ids, shape } },
      targets: { data: targets, shape },
      items: Int32Array.from(windows, ({ item }) => item),
    };
  }

  #lazily(parts: readonly (readonly Window[])[]): Batches {
    const make = this.#batch.bind(this);
    return {
      count: parts.length,
      *[Symbol.iterator]() {
        for (const part of parts) yield make(part);
      },
    };
  }
}

const chunks = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));

/** The three splits; all whole windows have one shape, so memory and latency are measured at any of them. */
export function windowData(splits: {
  readonly train: WindowSplit;
  readonly validation: WindowSplit;
  readonly test: WindowSplit;
}): TaskData {
  return {
    ...splits,
    longest: (size) => splits.train.first(size),
    typical: (size) => ({
      batch: splits.test.first(size),
      example: { tokens: Math.min(splits.test.context, splits.test.targets[0] ?? 0) },
    }),
  };
}
