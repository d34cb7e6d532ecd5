// MNIST with a vision transformer that was pre-trained on other images: for methods that adapt one.
import type { Task } from "#harness/task/contract.ts";
import { imageSmall, imageSmoke } from "#tasks/encoding/image-presets.ts";
import { imageTask } from "#tasks/encoding/image-task.ts";
import { imageBackbones } from "#tasks/models/image.ts";
import { evaluateClasses } from "./classes.metrics.ts";
import { idxRows } from "./idx.rows.ts";
import { MNIST } from "./mnist.facts.ts";

const VIT = { backbone: "vit-tiny", pretrained: true } as const;

export const task: Task = imageTask({
  ...MNIST,
  id: "image-mnist-vit",
  title: "MNIST, pre-trained ViT",
  description:
    "Which digit a handwritten one is. Small vision transformer, pre-trained on images of clothing; digits on black, repeated on three channels.",
  version: 1,
  backbones: imageBackbones,
  scales: {
    smoke: imageSmoke(VIT),
    small: imageSmall({ ...VIT, trainRows: 4_000, validationRows: 500, epochs: 8 }),
  },
  rows: idxRows,
  evaluate: evaluateClasses,
});
