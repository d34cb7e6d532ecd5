// CIFAR-10 with a vision transformer that was pre-trained on other images: for methods that adapt one.
import type { Task } from "#harness/task/contract.ts";
import { imageSmall, imageSmoke } from "#tasks/encoding/image-presets.ts";
import { imageTask } from "#tasks/encoding/image-task.ts";
import { imageBackbones } from "#tasks/models/image.ts";
import { CIFAR10, LOSSY } from "./cifar10.facts.ts";
import { cifar10Rows } from "./cifar10.rows.ts";
import { evaluateClasses } from "./classes.metrics.ts";

const VIT = { backbone: "vit-tiny", pretrained: true } as const;

export const task: Task = imageTask({
  ...CIFAR10,
  id: "image-cifar10-vit",
  title: "CIFAR-10, pre-trained ViT",
  description: `Which of ten things a small colour image shows. Small vision transformer, pre-trained on coloured images of clothing, which are far from these; training images are moved by up to four pixels and mirrored. ${LOSSY}`,
  version: 1,
  backbones: imageBackbones,
  scales: {
    smoke: imageSmoke(VIT),
    small: imageSmall({ ...VIT, trainRows: 2_560, validationRows: 400, epochs: 8 }),
  },
  rows: cifar10Rows,
  evaluate: evaluateClasses,
});
