// Presets by image backbone that methods share: the rates of full fine-tuning, and the maps of the blocks as targets.
import type { Preset } from "./contract.ts";

/** Learning rates for methods that train every weight. */
export const IMAGE_RATES = [
  {
    when: { backbone: "lenet" },
    set: { learningRate: 3e-3 },
    source:
      "own measurement of full fine-tuning: 2e-3 and 4e-3 lie within 0.4 points on validation rows of image-mnist",
  },
  {
    when: { backbone: "resnet20" },
    set: { learningRate: 3e-3 },
    source:
      "own measurement of full fine-tuning: better than 1e-3 on validation rows of image-cifar10 after 5 epochs",
  },
  {
    when: { backbone: "vit-tiny" },
    set: { learningRate: 1.5e-3 },
    source:
      "own measurement of full fine-tuning on validation rows of image-mnist-vit: 0.934, against 0.906 (three seeds) at 5e-4",
  },
] as const satisfies readonly Preset<{ learningRate: number }>[];

/** Targets for methods whose default names maps that these models do not have. */
export const IMAGE_TARGETS = [
  {
    when: { backbone: "lenet" },
    set: { targets: ["conv", "dense"] },
    source: "every map that the model has in a block",
  },
  {
    when: { backbone: "resnet20" },
    set: { targets: ["conv"] },
    source: "every map that the model has in a block, and the first convolution",
  },
] satisfies readonly Preset<{ targets: string[] }>[];
