// Training budgets and scale presets that click-through tasks share. Learning rates belong to methods.
import type { Budget, ScalePreset } from "#harness/task/contract.ts";

/**
 * Batch 1,024 and one or two epochs: models of this kind overfit from the second epoch on (baseline card, section E). The
 * card's L2 of 1e-5 becomes decoupled decay.
 */
export const ctrBudget = (epochs: number, validations: number, batchSize = 1024): Budget => ({
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
