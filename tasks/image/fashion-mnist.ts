// Fashion-MNIST: which piece of clothing is it? With a small convolutional network from scratch.
import type { Task } from "#harness/task/contract.ts";
import { imageFull, imageSmall, imageSmoke } from "#tasks/encoding/image-presets.ts";
import { imageTask } from "#tasks/encoding/image-task.ts";
import { imageBackbones } from "#tasks/models/image.ts";
import { evaluateClasses } from "./classes.metrics.ts";
import { fashionMnistSource } from "./fashion-mnist.source.ts";
import { idxRows } from "./idx.rows.ts";

const LENET = { backbone: "lenet", pretrained: false } as const;
const ID = "image-fashion-mnist";

export const task: Task = imageTask({
  id: ID,
  title: "Fashion-MNIST",
  description:
    "Which piece of clothing a grey image shows. LeNet-like network from random weights; training images are moved by up to two pixels and mirrored.",
  version: 1,
  source: fashionMnistSource,
  splitName: ID,
  classes: [
    "T-shirt or top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
  ],
  augmentation: { shift: 2, mirror: true },
  backbones: imageBackbones,
  floor: { value: 0.821, what: "linear classifier on pixels, first 10,000 training images" },
  scales: {
    smoke: imageSmoke(LENET),
    small: imageSmall({ ...LENET, trainRows: 9_000, validationRows: 1_000, epochs: 25 }),
    full: imageFull({ ...LENET, epochs: 40 }),
  },
  rows: idxRows,
  evaluate: evaluateClasses,
});
