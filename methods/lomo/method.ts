// LOMO (Lv et al., ACL 2024): plain SGD whose updates happen inside the backward pass, so that one gradient exists at a time
// and no optimizer state at all. Scaled down: backbones of a few million weights. Not reproduced: mixed precision and its
// loss scaling; clipping by groups of parameters, which the paper finds to be worse.
import { z } from "zod";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { countOf, denseDeployment } from "#harness/method/costs.ts";
import { learningRate, WITH_BLOCKS } from "#harness/method/fields.ts";
import { lomo } from "#harness/optim/lomo.ts";

const config = z.strictObject({
  clip: z
    .enum(["norm", "value", "none"])
    .default("norm")
    .describe(
      "norm: the task's limit on the gradients' norm, by a backward pass of its own before the one that updates; value: entries cut to clipValue in one pass; paper, section 3.3",
    ),
  clipValue: z
    .number()
    .positive()
    .default(1)
    .describe("largest size of a gradient's entry, with clip = value; official code 1"),
  learningRate: learningRate(
    0.1,
    "of plain SGD under a norm of 1; choice, the paper's 0.03 to 0.05 are for 7 to 65 B",
  ),
});
type Config = z.infer<typeof config>;

export const method: Method<Config> = defineMethod({
  id: "lomo",
  title: "LOMO",
  kind: "optimizer",
  paper: {
    title: "Full Parameter Fine-tuning for Large Language Models with Limited Resources",
    authors: "Lv, Yang, Liu, Gao, Guo, Qiu",
    year: 2023,
    venue: "ACL 2024",
    url: "https://arxiv.org/abs/2306.09782",
  },
  fidelity: "paper",
  summary:
    "Trains all weights by SGD, each of them updated inside the backward pass, so that no two large gradients exist at once.",
  families: WITH_BLOCKS,
  config,
  presets: [],
  startsFrom: "pretrained",
  promises: { startsAtBase: 0, finishKeeps: 0, gradients: "exact" },
  supports: () => ({ ok: true }),
  async setup({ model }, { clip, clipValue, learningRate }) {
    for (const param of model.params()) param.trainable = true;
    return {
      stages: [
        {
          name: "train",
          learningRate,
          budgetShare: 1,
          updates: "in-backward",
          optimizer: lomo({ clipValue: clip === "value" ? clipValue : null }),
          clip: clip === "norm" ? "budget" : "none",
        },
      ],
      declared: { ...denseDeployment(model, countOf(model.params())), optimizerStateBytes: 0 },
    };
  },
});
