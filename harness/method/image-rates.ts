// Learning rates of full fine-tuning by image backbone: one recipe for all methods that train every weight.
import type { Preset } from "./contract.ts";

/** To be spread into the presets of such a method. */
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
] as const satisfies readonly Preset<{ learningRate: number }>[];
