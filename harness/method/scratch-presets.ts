// Presets that methods share for models which start from random numbers: the rates of full fine-tuning, and the maps in
// blocks as targets where a method's default names maps that these models do not have.
import type { Preset } from "./contract.ts";
import { IMAGE_RATES, IMAGE_TARGETS } from "./image-presets.ts";

const MEASURED =
  "own measurement of full fine-tuning: of 1e-3, 2e-3, 4e-3 the best on validation rows of TREC and of AG News, one seed";

/** Learning rates for methods that train every weight, text models. */
export const WORD_RATES = [
  {
    when: { backbone: "bigru" },
    set: { learningRate: 2e-3 },
    source: MEASURED,
  },
  {
    when: { backbone: "small-transformer" },
    set: { learningRate: 2e-3 },
    source: MEASURED,
  },
] as const satisfies readonly Preset<{ learningRate: number }>[];

/** The same for click-through models. */
const CTR_RATES = [
  {
    when: { family: "ctr" },
    set: { learningRate: 3e-3 },
    source: "as full fine-tuning, whose rate was measured on all ctr tasks",
  },
] as const satisfies readonly Preset<{ learningRate: number }>[];

/** Rates for every family whose models start from random numbers. */
export const SCRATCH_RATES = [...IMAGE_RATES, ...WORD_RATES, ...CTR_RATES] as const;

/** Every map in a block of those models. */
export const SCRATCH_TARGETS = [
  ...IMAGE_TARGETS,
  {
    when: { backbone: "bigru" },
    set: { targets: ["dense", "recurrent"] },
    source: "every map that the model has in a block",
  },
  {
    when: { family: "ctr" },
    set: { targets: ["dense"] },
    source: "every map that the model has in a block",
  },
] satisfies readonly Preset<{ targets: string[] }>[];
