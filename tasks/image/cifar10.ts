// CIFAR-10: what does a small colour image show? With a residual network from scratch.
import type { Task } from "#harness/task/contract.ts";
import { imageFull, imageSmall, imageSmoke } from "#tasks/encoding/image-presets.ts";
import { imageTask } from "#tasks/encoding/image-task.ts";
import { imageBackbones } from "#tasks/models/image.ts";
import { CIFAR10, LOSSY } from "./cifar10.facts.ts";
import { cifar10Rows } from "./cifar10.rows.ts";
import { evaluateClasses } from "./classes.metrics.ts";

const RESNET = { backbone: "resnet20", pretrained: false } as const;

export const task: Task = imageTask({
  ...CIFAR10,
  id: "image-cifar10",
  title: "CIFAR-10",
  description: `Which of ten things a small colour image shows. ResNet-20 from random weights; training images are moved by up to four pixels and mirrored. ${LOSSY}`,
  version: 1,
  backbones: imageBackbones,
  scales: {
    smoke: imageSmoke(RESNET),
    small: imageSmall({ ...RESNET, trainRows: 2_560, validationRows: 400, epochs: 8 }),
    full: imageFull({ ...RESNET, epochs: 180 }),
  },
  rows: cifar10Rows,
  evaluate: evaluateClasses,
});
