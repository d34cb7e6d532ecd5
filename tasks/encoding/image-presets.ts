// Training budgets and scale presets that image tasks share. Learning rates belong to methods.
import type { Budget, ScalePreset } from "#harness/task/contract.ts";

/** AdamW with cosine decay. Batches are smaller than the papers' 128, for the small scales' few images would else be few steps. */
const imageBudget = (epochs: number, validations: number, batchSize: number): Budget => ({
  epochs,
  batchSize,
  warmupShare: 0.1,
  schedule: "cosine",
  weightDecay: 0.01,
  clipNorm: 1,
  validations,
});

/** A backbone, and whether it starts from random weights. */
interface Start {
  readonly backbone: string;
  readonly pretrained: boolean;
}

const start = ({ backbone, pretrained }: Start) => ({
  backbone,
  ...(pretrained ? {} : { fromScratch: true as const }),
});

/** Seconds on the embedded sample. */
export const imageSmoke = (from: Start): ScalePreset => ({
  ...start(from),
  trainRows: null,
  validationRows: 40,
  sampleOnly: true,
  budget: imageBudget(2, 1, 16),
});

/** Real data on one core. */
export const imageSmall = (
  options: Start & {
    readonly trainRows: number | null;
    readonly validationRows: number;
    readonly epochs: number;
    readonly batchSize?: number;
  },
): ScalePreset => ({
  ...start(options),
  trainRows: options.trainRows,
  validationRows: options.validationRows,
  sampleOnly: false,
  budget: imageBudget(options.epochs, 2, options.batchSize ?? 32),
});

/** All training images, 5,000 of them for validation, in the batches of the papers. */
export const imageFull = (options: Start & { readonly epochs: number }): ScalePreset => ({
  ...start(options),
  trainRows: null,
  validationRows: 5_000,
  sampleOnly: false,
  budget: imageBudget(options.epochs, 5, 128),
});
