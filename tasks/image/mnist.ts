// MNIST: which digit is it? With a small convolutional network from scratch.
import type { Task } from "#harness/task/contract.ts";
import { imageFull, imageSmall, imageSmoke } from "#tasks/encoding/image-presets.ts";
import { imageTask } from "#tasks/encoding/image-task.ts";
import { imageBackbones } from "#tasks/models/image.ts";
import { evaluateClasses } from "./classes.metrics.ts";
import { idxRows } from "./idx.rows.ts";
import { MNIST } from "./mnist.facts.ts";

const LENET = { backbone: "lenet", pretrained: false } as const;

export const task: Task = imageTask({
  ...MNIST,
  id: "image-mnist",
  title: "MNIST",
  description:
    "Which digit a handwritten one is. LeNet-like network from random weights. Digits are neither moved nor mirrored in training.",
  version: 1,
  backbones: imageBackbones,
  scales: {
    smoke: imageSmoke(LENET),
    small: imageSmall({ ...LENET, trainRows: 9_000, validationRows: 1_000, epochs: 8 }),
    full: imageFull({ ...LENET, epochs: 20 }),
  },
  rows: idxRows,
  evaluate: evaluateClasses,
});
