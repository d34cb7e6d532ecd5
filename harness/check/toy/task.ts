// A task of 64 short sequences for tests: does a sequence hold more ids of the lower half of the vocabulary than of the upper?
import { softmaxCrossEntropy } from "#harness/nn/losses.ts";
import type { LinearSite } from "#harness/nn/site.ts";
import { type Stream, stream } from "#harness/random/stream.ts";
import { accuracy } from "#harness/stats/quality.ts";
import type { Batches, HostBatch, ScalePreset, Split, Task, TaskData } from "#harness/task/contract.ts";
import { TOY, ToyModel } from "./model.ts";

const TOKENS = 6;

interface Item {
  readonly ids: readonly number[];
  readonly label: number;
}

function makeItems(count: number, random: Stream): Item[] {
  return Array.from({ length: count }, () => {
    const ids = Array.from({ length: 3 + 2 * random.integer(2) }, () => random.integer(TOY.vocabulary));
    const low = ids.filter((id) => id < TOY.vocabulary / 2).length;
    return { ids, label: 2 * low > ids.length ? 1 : 0 };
  });
}

function makeBatch(items: readonly Item[], positions: Int32Array): HostBatch {
  const size = positions.length;
  const ids = new Int32Array(size * TOKENS);
  const mask = new Float32Array(size * TOKENS);
  const targets = new Int32Array(size);
  for (const [row, position] of positions.entries()) {
    const item = items[position];
    if (item === undefined) throw new Error(`no toy item ${position}`);
    ids.set(item.ids, row * TOKENS);
    mask.fill(1, row * TOKENS, row * TOKENS + item.ids.length);
    targets[row] = item.label;
  }
  return {
    key: `${size}`,
    size,
    inputs: { ids: { data: ids, shape: [size, TOKENS] }, mask: { data: mask, shape: [size, TOKENS] } },
    targets: { data: targets, shape: [size] },
    items: positions,
  };
}

function makeSplit(items: readonly Item[]): Split {
  const inOrder = (order: Int32Array, size: number): Batches => {
    const batches = Array.from({ length: Math.ceil(order.length / size) }, (_, i) =>
      makeBatch(items, order.slice(i * size, (i + 1) * size)),
    );
    return { count: batches.length, [Symbol.iterator]: () => batches[Symbol.iterator]() };
  };
  return {
    size: items.length,
    targets: Int32Array.from(items, (item) => item.label),
    batches: (size) => inOrder(Int32Array.from(items.keys()), size),
    epoch: (size, order) => inOrder(order.permutation(items.length), size),
    item: (position) => makeBatch(items, Int32Array.of(position)),
  };
}

export const TOY_PRESET: ScalePreset = {
  backbone: "toy",
  trainRows: null,
  validationRows: 16,
  budget: {
    epochs: 2,
    batchSize: 8,
    warmupShare: 0.1,
    schedule: "linear",
    weightDecay: 0,
    clipNorm: null,
    validations: 0,
  },
  sampleOnly: true,
};

export const toyTask: Task = {
  id: "toy-majority",
  family: "glue",
  title: "Toy majority",
  description: "Whether most ids of a short sequence lie in the lower half of the vocabulary.",
  version: 1,
  sources: [],
  metrics: ["accuracy"],
  classes: ["no", "yes"],
  outputs: TOY.outputs,
  scales: { smoke: TOY_PRESET },
  floor: null,
  async load({ seed }): Promise<TaskData> {
    const items = makeItems(64, stream(seed, "toy-items"));
    const train = makeSplit(items.slice(0, 32));
    return {
      train,
      validation: makeSplit(items.slice(32, 48)),
      test: makeSplit(items.slice(48)),
      longest: (size) =>
        makeBatch(
          items,
          Int32Array.from({ length: size }, (_, i) => i),
        ),
      typical: (size) => ({
        batch: makeBatch(
          items,
          Int32Array.from({ length: size }, (_, i) => i),
        ),
        example: { tokens: TOKENS },
      }),
    };
  },
  places: () =>
    new ToyModel(stream(0, "places")).sites.filter((site): site is LinearSite => site.kind === "linear"),
  model: async ({ init }) => new ToyModel(init),
  loss: softmaxCrossEntropy,
  evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, TOY.outputs) }),
  predictionKind: "logits",
};
