// Training budgets and scale presets that language-modelling tasks share. Learning rates belong to methods.
import type { Budget, ScalePreset } from "#harness/task/contract.ts";

/**
 * Batch 16: twice the steps of batch 32 in the same time, which is what so short a training lacks. Clipping and decay as LLaMA
 * trains (Touvron et al. 2023, section 2.3); one step in 15 warms up, and the cosine ends at 0, not at a tenth.
 */
export const lmBudget = (epochs: number, validations: number, batchSize = 16): Budget => ({
  epochs,
  batchSize,
  warmupShare: 1 / 15,
  schedule: "cosine",
  weightDecay: 0.1,
  clipNorm: 1,
  validations,
});

interface Size {
  readonly backbone: string;
  readonly trainRows: number | null;
  readonly validationRows: number;
  readonly epochs: number;
}

/** Seconds on the embedded sample. */
export const lmSmoke = (epochs: number): ScalePreset => ({
  backbone: "llama-d64-l2",
  trainRows: null,
  validationRows: 20,
  sampleOnly: true,
  fromScratch: true,
  budget: lmBudget(epochs, 1, 8),
});

/** Minutes of one core, from random weights. */
export const lmFromScratch = ({ backbone, trainRows, validationRows, epochs }: Size): ScalePreset => ({
  backbone,
  trainRows,
  validationRows,
  sampleOnly: false,
  fromScratch: true,
  budget: lmBudget(epochs, 2),
});
