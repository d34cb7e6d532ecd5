// Training budgets and scale presets that click-through tasks share. Learning rates belong to methods.
import type { Budget, ScalePreset } from "#harness/task/contract.ts";

/**
 * Batch 256, where the baseline card (section E) has 1,024 and more: with 50,000 to 80,000 rows an epoch would else be too
 * few steps to move embeddings that start at 1e-4. Its L2 of 1e-5 becomes decoupled decay.
 */
export const ctrBudget = (epochs: number, validations: number, batchSize = 256): Budget => ({
  epochs,
  batchSize,
  warmupShare: 0.1,
  schedule: "linear",
  weightDecay: 1e-5,
  clipNorm: null,
  validations,
});

/** Seconds on the embedded sample, whose few rows need small batches and more epochs to move anything. */
export const ctrSmoke = (backbone: string): ScalePreset => ({
  backbone,
  trainRows: null,
  validationRows: 100,
  sampleOnly: true,
  budget: ctrBudget(4, 1, 32),
});

/** Real data on one core. */
export const ctrSmall = (options: {
  readonly backbone: string;
  readonly validationRows: number;
  readonly epochs: number;
  readonly batchSize?: number;
}): ScalePreset => ({
  backbone: options.backbone,
  trainRows: null,
  validationRows: options.validationRows,
  sampleOnly: false,
  budget: ctrBudget(options.epochs, 2, options.batchSize),
});
