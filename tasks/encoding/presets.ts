// Training budgets and scale presets that text tasks share. Learning rates belong to methods.
import type { Budget, ScalePreset } from "#harness/task/contract.ts";

/** The budget of all text tasks but for epochs and validation passes: batch 32, 10 % warm-up, linear decay to 0. */
export const textBudget = (epochs: number, validations: number): Budget => ({
  epochs,
  batchSize: 32,
  warmupShare: 0.1,
  schedule: "linear",
  weightDecay: 0.01,
  clipNorm: 1,
  validations,
});

/** Seconds on the embedded sample. */
export const SMOKE: ScalePreset = {
  backbone: "use-lite",
  trainRows: null,
  validationRows: 100,
  sampleOnly: true,
  budget: textBudget(1, 1),
};

/** Minutes on one core with the small sentence encoder and real data. */
export const smallPreset = (options: {
  readonly trainRows: number | null;
  readonly validationRows: number;
  readonly epochs: number;
}): ScalePreset => ({
  backbone: "use-lite",
  trainRows: options.trainRows,
  validationRows: options.validationRows,
  sampleOnly: false,
  budget: textBudget(options.epochs, 2),
});

/** BERT-base on all training rows, as papers on adapters train it. */
export const bertPreset = (options: {
  readonly validationRows: number;
  readonly epochs: number;
}): ScalePreset => ({
  backbone: "bert-base",
  trainRows: null,
  validationRows: options.validationRows,
  sampleOnly: false,
  budget: textBudget(options.epochs, 5),
});
