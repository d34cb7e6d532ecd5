// Pre-trains the small vision transformer on Fashion-MNIST (MIT), in the benchmark's own loop, and writes
// tasks/models/vit.safetensors, in float16, with the log of the run. Seeded: the same data, engine and threads give the same
// bytes. From a mirror folder with its first 10,000 training images and the test images, of which the last 1,000 are held
// out; no task on Fashion-MNIST uses this model.
//   node --import tsx scripts/backbones/image-vit.ts [--epochs 8] [--out FOLDER]
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { resolveSource } from "#harness/data/resolve.ts";
import { type SafetensorsTensor, writeSafetensors } from "#harness/data/safetensors.ts";
import { writeAtomically } from "#harness/data/storage.ts";
import { openEngine } from "#harness/engine/open.ts";
import type { Stage } from "#harness/method/contract.ts";
import { type Stream, stream } from "#harness/random/stream.ts";
import type { Batches, HostBatch, ScalePreset, Split } from "#harness/task/contract.ts";
import { evaluate } from "#harness/train/evaluate.ts";
import { makeReporter } from "#harness/train/reporter.ts";
import { disposeSlots, makeSlots } from "#harness/train/slots.ts";
import { type RunContext, stageSteps, trainStage } from "#harness/train/stage.ts";
import { imageSmall } from "#tasks/encoding/image-presets.ts";
import { type ImageRows, pickImages } from "#tasks/encoding/image-rows.ts";
import { fashionMnistSource } from "#tasks/image/fashion-mnist.source.ts";
import { task } from "#tasks/image/fashion-mnist.ts";
import { idxRows } from "#tasks/image/idx.rows.ts";
import { freshVit, VIT, VIT_INPUT, VisionTransformer } from "#tasks/models/vit.ts";
import { drawPicture } from "./image-vit-pictures.ts";

const { values } = parseArgs({
  options: {
    epochs: { type: "string", default: "8" },
    out: { type: "string", default: fileURLToPath(new URL("../../tasks/models", import.meta.url)) },
  },
});
const SEED = 0;
const HELD_OUT = 1_000;
const { side, channels } = VIT_INPUT;
const NUMBERS = side ** 2 * channels;
const preset: ScalePreset = {
  ...imageSmall({
    backbone: "vit-tiny",
    pretrained: false,
    trainRows: null,
    validationRows: HELD_OUT,
    epochs: Number(values.epochs),
  }),
};
const budget = { ...preset.budget, weightDecay: 0.05, validations: 6 };
const stage: Stage = { name: "pre-train", learningRate: 1.5e-3, budgetShare: 1 };

const lines: string[] = [];
const log = (line: string): void => {
  lines.push(line);
  console.log(line);
};

/** Images drawn anew in every epoch, or as they are. */
class PictureSplit implements Split {
  readonly size: number;
  readonly targets: Int32Array;
  readonly #rows: ImageRows;

  constructor(rows: ImageRows) {
    this.#rows = rows;
    this.size = rows.labels.length;
    this.targets = Int32Array.from(rows.labels);
  }

  batches(batchSize: number): Batches {
    return this.#drawn(batchSize, (position) => position, null);
  }

  epoch(batchSize: number, order: Stream): Batches {
    const positions = order.permutation(this.size);
    return this.#drawn(batchSize, (position) => positions[position] ?? 0, order);
  }

  item(position: number): HostBatch {
    return this.#batch(Int32Array.of(position), null);
  }

  #batch(items: Int32Array, random: Stream | null): HostBatch {
    const pixels = new Float32Array(items.length * NUMBERS);
    for (const [row, item] of items.entries())
      drawPicture(this.#rows, item, side, pixels, row * NUMBERS, random);
    return {
      key: `B=${items.length}`,
      size: items.length,
      inputs: { pixels: { data: pixels, shape: [items.length, side, side, channels] } },
      targets: { data: items.map((item) => this.targets[item] ?? 0), shape: [items.length] },
      items,
    };
  }

  #drawn(batchSize: number, itemAt: (position: number) => number, random: Stream | null): Batches {
    const { size } = this;
    const make = this.#batch.bind(this);
    return {
      count: Math.ceil(size / batchSize),
      *[Symbol.iterator]() {
        for (let from = 0; from < size; from += batchSize) {
          const length = Math.min(batchSize, size - from);
          yield make(
            Int32Array.from({ length }, (_, i) => itemAt(from + i)),
            random,
          );
        }
      },
    };
  }
}

const source = await resolveSource(fashionMnistSource);
if (source.variant === "sample") throw new Error("the real images are needed: see `bench data status`");
const { train: first, test } = await idxRows(source);
const positions = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const testSize = test.labels.length;
const more = pickImages(test, positions(0, testSize - HELD_OUT));
const held = new PictureSplit(pickImages(test, positions(testSize - HELD_OUT, testSize)));
const train = new PictureSplit({
  ...first,
  pixels: new Uint8Array(Buffer.concat([first.pixels, more.pixels])),
  labels: new Uint8Array(Buffer.concat([first.labels, more.labels])),
});
const unused = (): never => {
  throw new Error("pre-training measures no memory and no latency");
};

const engine = await openEngine("onnx", { threads: 1 });
const reporter = makeReporter((event) => {
  if (event.kind === "progress") console.log(JSON.stringify(event));
});
const run: RunContext = {
  engine,
  task,
  preset: { ...preset, budget },
  data: { train, validation: held, test: held, longest: unused, typical: unused },
  seed: SEED,
  reporter,
};
const init = stream(SEED, "vit", "init");
const model = new VisionTransformer({ weights: freshVit(init), outputs: task.outputs, init });
const steps = stageSteps(run, stage);
log(`data: ${source.fingerprint}, ${train.size} images, ${HELD_OUT} held out`);
log(`model: ${JSON.stringify(VIT)}`);
log(`recipe: AdamW, peak ${stage.learningRate}, ${JSON.stringify(budget)}, seed ${SEED}, ${steps} steps`);

const slots = makeSlots(model, stage, budget.weightDecay);
await trainStage(run, stage, model, slots, steps);
disposeSlots(slots);
log(`curves: ${JSON.stringify(reporter.curves())}`);
log(`held out: ${JSON.stringify((await evaluate(engine, task, model, held)).quality)}`);

const tensors = new Map<string, SafetensorsTensor>();
const head = new Set(model.head.module.params());
for (const param of model.params().filter((each) => !head.has(each)))
  tensors.set(param.name, { dtype: "F16", shape: param.shape, data: (await param.read()).slice() });
const bytes = writeSafetensors(tensors, { licence: "MIT", data: "Fashion-MNIST (MIT, Zalando SE)" });
log(`${bytes.length} bytes, sha256 ${createHash("sha256").update(bytes).digest("hex")}`);
await writeAtomically(join(values.out, "vit.safetensors"), [bytes]);
await writeAtomically(join(values.out, "vit.log.txt"), [Buffer.from(`${lines.join("\n")}\n`)]);
await engine.dispose();
