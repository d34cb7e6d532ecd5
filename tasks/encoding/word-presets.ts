// Training budgets and scale presets of text models from scratch. Learning rates belong to methods.
import type { Budget, ScalePreset } from "#harness/task/contract.ts";
import type { VocabularyLimits } from "./word-vocabulary.ts";

/** A word seen once teaches nothing about itself, but a good deal about rare words. */
export const WORD_VOCABULARY: VocabularyLimits = { minCount: 2, most: 20_000 };

/** As the text tasks on a pre-trained encoder, but for epochs: nothing is known at the start. */
const wordBudget = (epochs: number, validations: number): Budget => ({
  epochs,
  batchSize: 32,
  warmupShare: 0.1,
  schedule: "linear",
  weightDecay: 0.01,
  clipNorm: 1,
  validations,
});

/** Seconds on the embedded sample. */
export const wordSmoke = (backbone: string): ScalePreset => ({
  backbone,
  fromScratch: true,
  trainRows: null,
  validationRows: 100,
  sampleOnly: true,
  budget: wordBudget(2, 1),
});

/** Real data on one core. */
export const wordSmall = (options: {
  readonly backbone: string;
  readonly validationRows: number;
  readonly epochs: number;
}): ScalePreset => ({
  backbone: options.backbone,
  fromScratch: true,
  trainRows: null,
  validationRows: options.validationRows,
  sampleOnly: false,
  budget: wordBudget(options.epochs, 2),
});
