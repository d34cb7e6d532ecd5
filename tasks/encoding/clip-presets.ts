// Budgets and scale presets of few-shot tasks. Learning rates belong to methods.
import type { Budget, ScalePreset } from "#harness/task/contract.ts";
import type { Shots } from "./shots.ts";

/** CLIP-LoRA's training (Zanella and Ben Ayed 2024, official code): batch 32, cosine, no clipping, decay 0.01. */
const budget = (epochs: number, validations: number): Budget => ({
  epochs,
  batchSize: 32,
  warmupShare: 0,
  schedule: "cosine",
  weightDecay: 0.01,
  clipNorm: null,
  validations,
});

const shared = { trainRows: null, validationRows: 0 } as const;

/** Seconds on the embedded sample. */
export const CLIP_SMOKE: ScalePreset = {
  ...shared,
  backbone: "mini-clip",
  sampleOnly: true,
  budget: budget(1, 0),
};

/** The same presets for classes without names. */
export const withoutTexts = (preset: ScalePreset): ScalePreset => ({
  ...preset,
  backbone: `${preset.backbone}-image`,
});

/** Minutes on one core: 40 epochs, which is 10 steps a shot for 10 classes and up to 25 for 25. */
export const CLIP_SMALL: ScalePreset = {
  ...shared,
  backbone: "mini-clip",
  sampleOnly: false,
  budget: budget(40, 1),
};

/** The paper's: 500 steps a shot of OpenAI's ViT-B/16, here as epochs over `classes` times `shots` pictures. */
export const clipFull = (classes: number, shots: Shots): ScalePreset => ({
  ...shared,
  backbone: "clip-vit-b16",
  sampleOnly: false,
  budget: budget(Math.round((500 * shots) / Math.ceil((classes * shots) / 32)), 4),
});
