// A CLIP of two layers a tower and a task of four classes of 12 by 12 pictures, for tests of methods: every kind of site that
// CLIP has, nothing to load but the golden checkpoint.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Toy } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { softmaxCrossEntropy } from "#harness/nn/losses.ts";
import { stream } from "#harness/random/stream.ts";
import { accuracy } from "#harness/stats/quality.ts";
import type { Budget, ScalePreset, Task } from "#harness/task/contract.ts";
import { makeReporter } from "#harness/train/reporter.ts";
import { ClipSplit, clipData, type Pictures } from "#tasks/encoding/clip-split.ts";
import { parseClipCheckpoint } from "#tasks/models/clip-checkpoint.ts";
import { ClipModel } from "#tasks/models/clip-model.ts";
import { ClipImage, type ClipShape, ClipText, clipPlaces } from "#tasks/models/clip-towers.ts";

export const TINY_SHAPE: ClipShape = {
  pixels: 12,
  patch: 4,
  image: { blocks: 2, heads: 3 },
  text: { blocks: 2, heads: 2 },
};
export const TINY_CLASSES = 4;
/** Width of the features. */
export const TINY_WIDTH = 8;
const TEXTS = [
  [38, 3, 7, 39],
  [38, 11, 39],
  [38, 1, 2, 30, 4, 39],
  [38, 3, 8, 39],
];

const file = fileURLToPath(new URL("../../models/clip.golden.safetensors", import.meta.url));

export function tinyModel(): ClipModel {
  const { weights, scale } = parseClipCheckpoint(new Uint8Array(readFileSync(file)), file, TINY_SHAPE);
  const text = new ClipText(weights, TINY_SHAPE, TEXTS);
  return new ClipModel(new ClipImage(weights, TINY_SHAPE), { text, scale });
}

/** Pictures of a class: a bright square in its quarter, on noise. */
function pictures(each: number, seed: number, part: string): Pictures {
  const random = stream(seed, "tiny-clip", part);
  const side = TINY_SHAPE.pixels;
  const count = each * TINY_CLASSES;
  const labels = Int32Array.from({ length: count }, (_, at) => at % TINY_CLASSES);
  const pixels = new Uint8Array(count * side * side * 3);
  for (let at = 0; at < count; at++) {
    const [right, down] = [(at % TINY_CLASSES) & 1, (at % TINY_CLASSES) >> 1];
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const inside = Math.floor(x / 6) === right && Math.floor(y / 6) === down;
        for (let c = 0; c < 3; c++)
          pixels[((at * side + y) * side + x) * 3 + c] = (inside ? 170 : 40) + random.integer(80);
      }
    }
  }
  return { side, names: Array.from(labels, (_, at) => `${part} ${at}`), labels, pixels };
}

const PRESET: ScalePreset = {
  backbone: "tiny-clip",
  trainRows: null,
  validationRows: 0,
  sampleOnly: true,
  budget: {
    epochs: 3,
    batchSize: 8,
    warmupShare: 0,
    schedule: "cosine",
    weightDecay: 0,
    clipNorm: null,
    validations: 0,
  },
};

/** The tiny model on its task, as `makeToy` gives the toy. */
export async function makeTinyClip(engine: Engine, seed = 1, budget: Partial<Budget> = {}): Promise<Toy> {
  const input = { side: TINY_SHAPE.pixels, mean: [0.5, 0.5, 0.5], spread: [0.5, 0.5, 0.5] } as const;
  const preset = { ...PRESET, budget: { ...PRESET.budget, ...budget } };
  const split = (each: number, part: string) => new ClipSplit(pictures(each, seed, part), input, null);
  const { image, text } = clipPlaces(TINY_SHAPE);
  const task: Task = {
    id: "clip-tiny",
    family: "clip",
    title: "Tiny pictures",
    description: "The quarter of a picture that is bright.",
    version: 1,
    sources: [],
    metrics: ["accuracy"],
    classes: ["a", "b", "c", "d"],
    zeroShot: true,
    outputs: TINY_CLASSES,
    scales: { smoke: preset },
    floor: null,
    load: async () =>
      clipData(
        { train: split(8, "train"), validation: split(4, "validation"), test: split(6, "test") },
        input,
      ),
    places: () => [...image, ...text, { kind: "linear", path: "head", role: "head", block: null }],
    model: async () => tinyModel(),
    loss: softmaxCrossEntropy,
    evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, TINY_CLASSES) }),
    predictionKind: "logits",
  };
  const data = await task.load({ preset, sources: new Map(), seed });
  return {
    run: { engine, task, preset, data, seed, reporter: makeReporter(() => {}) },
    facts: {
      id: task.id,
      family: "clip",
      scale: "smoke",
      backbone: preset.backbone,
      outputs: TINY_CLASSES,
      zeroShot: true,
    },
    model: tinyModel(),
  };
}
