// Full fine-tuning: every weight of the backbone and the head, AdamW. The reference that all methods are compared with.
// Baseline card, section A. Scaled down: one epoch of the task's budget at `small`; the papers train three to ten.
import { z } from "zod";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { countOf, denseDeployment } from "#harness/method/costs.ts";
import { learningRate } from "#harness/method/fields.ts";
import { IMAGE_RATES } from "#harness/method/image-presets.ts";
import { WORD_RATES } from "#harness/method/scratch-presets.ts";

const config = z.strictObject({
  learningRate: learningRate(
    5e-4,
    "5e-4 is best of 1e-4, 3e-4, 5e-4, 1e-3 on held-out SST-2 rows for use-lite",
  ),
});
type Config = z.infer<typeof config>;

export const method: Method<Config> = defineMethod({
  id: "full-finetune",
  title: "Full fine-tuning",
  kind: "baseline",
  paper: null,
  fidelity: "paper",
  summary: "Trains all weights of the backbone and the task's head with AdamW.",
  families: ["glue", "text", "ctr", "image", "clip", "lm"],
  config,
  presets: [
    {
      when: { backbone: "bert-base" },
      set: { learningRate: 2e-5 },
      source: "BERT (Devlin et al. 2019), appendix A.3: 2e-5 to 5e-5",
    },
    {
      when: { backbone: "mini-clip" },
      set: { learningRate: 1e-4 },
      source:
        "own measurement: of 1e-4, 3e-4, 1e-3 best on validation pictures of openmoji-base, 4 and 16 shots",
    },
    {
      when: { backbone: "clip-vit-b16" },
      set: { learningRate: 1e-5 },
      source: "choice, half of BERT's lowest rate: not swept, for no machine of ours has held the checkpoint",
    },
    {
      when: { family: "ctr" },
      set: { learningRate: 3e-3 },
      source:
        "own measurement: of 1e-3 (the card's, for more steps) and 3e-3 the better AUC on validation rows of all five ctr tasks",
    },
    ...IMAGE_RATES,
    ...WORD_RATES,
  ],
  startsFrom: "pretrained",
  promises: { startsAtBase: 0, finishKeeps: 0, gradients: "exact" },
  supports: () => ({ ok: true }),
  async setup({ model }, { learningRate }) {
    for (const param of model.params()) param.trainable = true;
    return {
      stages: [{ name: "train", learningRate, budgetShare: 1 }],
      declared: denseDeployment(model, countOf(model.params())),
    };
  },
});
