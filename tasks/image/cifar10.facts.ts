// What all tasks on CIFAR-10 share.
import { cifar10Source } from "./cifar10.source.ts";

export const CIFAR10 = {
  source: cifar10Source,
  splitName: "image-cifar10",
  classes: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
  /** He et al. 2016, section 4.2. */
  augmentation: { shift: 4, mirror: true },
  floor: {
    value: 0.343,
    what: "linear classifier on pixels, 3,000 training images decoded from JPEG copies",
  },
} as const;

/** A sentence for descriptions: scores on the subset do not compare with any paper's. */
export const LOSSY =
  "A mirror has 3,000 + 1,000 images decoded from JPEG copies: scores on these do not compare with those of the official archive, nor with papers.";
