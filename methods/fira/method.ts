// Fira (Chen et al., NeurIPS 2025; card 40): GaLore plus the gradient's part outside the subspace, scaled column by column
// as Adam scaled the part inside, with a limiter on its growth. Weights, projection and period are those of GaLore here.
// Scaled down: rank and period. Not reproduced: the released fine-tuning script, which projects LoRA factors.
import { z } from "zod";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { learningRate, rank, WITH_MAPS } from "#harness/method/fields.ts";
import { projectedRun } from "#harness/method/projected.ts";
import { SCRATCH_RATES } from "#harness/method/scratch-presets.ts";
import { fira } from "#harness/optim/fira.ts";
import { innerAdam } from "#harness/optim/inner-rule.ts";

const config = z.strictObject({
  rank: rank(8, "as GaLore here; card also 4, where the gain over GaLore is largest"),
  alpha: z
    .number()
    .positive()
    .default(1)
    .describe("factor of the projected-back step; paper 0.25 (C4) and 1 (fine-tuning)"),
  refreshEvery: z
    .int()
    .min(2)
    .default(50)
    .describe("T, steps between two projectors; as GaLore here, paper 200"),
  growthLimit: z
    .number()
    .min(1)
    .default(1.01)
    .describe("largest growth of the residual's norm a step; paper 1.01"),
  scaling: z
    .enum(["column", "matrix", "none"])
    .default("column")
    .describe("factors of the residual: one a column (paper), one a matrix (Fira-matrix), none (GaLore-add)"),
  residual: z
    .enum(["paper", "code"])
    .default("paper")
    .describe("G - P R (paper, section 4.1) or G - alpha P R (released code); equal at alpha 1"),
  epsilon: z
    .number()
    .positive()
    .default(1e-6)
    .describe("added to the root of the second moment before bias correction; official code"),
  learningRate: learningRate(3e-4, "below GaLore's 5e-4: the residual is of Adam's size (card, pitfalls)"),
});
type Config = z.infer<typeof config>;

export const method: Method<Config> = defineMethod({
  id: "fira",
  title: "Fira",
  kind: "optimizer",
  paper: {
    title: "Fira: Can We Achieve Full-rank Training of LLMs Under Low-rank Constraint?",
    authors: "Chen, Feng, Li, Lai, Yue, Yuan, Wang",
    year: 2024,
    venue: "NeurIPS 2025",
    url: "https://arxiv.org/abs/2410.01623",
  },
  fidelity: "official code",
  summary:
    "GaLore that also applies the gradient outside its subspace, scaled as Adam scaled the part inside.",
  families: WITH_MAPS,
  config,
  presets: [
    {
      when: { backbone: "bert-base" },
      set: { refreshEvery: 200, learningRate: 3e-5 },
      source: "rates of GaLore's GLUE runs",
    },
    ...SCRATCH_RATES,
  ],
  startsFrom: "pretrained",
  promises: { startsAtBase: 0, finishKeeps: 0, gradients: "exact", toy: { rank: "2", refreshEvery: "3" } },
  supports: () => ({ ok: true }),
  async setup({ model, note }, { rank, epsilon, learningRate, ...options }) {
    const inner = innerAdam({ beta1: 0.9, beta2: 0.999, epsilon });
    return projectedRun({
      model,
      note,
      rank,
      optimizer: fira({ ...options, rank, inner }),
      stateNumbers: (m, n) => (2 * Math.max(m, n) + Math.min(m, n)) * Math.min(rank, m, n) + 1,
      learningRate,
    });
  },
});
