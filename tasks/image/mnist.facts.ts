// What all tasks on MNIST share.
import { mnistSource } from "./mnist.source.ts";

export const MNIST = {
  source: mnistSource,
  splitName: "image-mnist",
  classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  /** A digit moved is the same digit, but its set is centred by design; a mirrored 2 is no digit. */
  augmentation: null,
  floor: {
    value: 0.91,
    what: "linear classifier on pixels (numpy, 300 steps of gradient descent), first 10,000 training images",
  },
} as const;
