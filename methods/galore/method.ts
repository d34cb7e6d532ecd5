// GaLore (Zhao et al., ICML 2024; card 20): full-rank training with Adam's moments kept in a low-rank projection of the
// gradient that is refreshed every T steps. Linear maps in blocks are projected; embedding, pooler, norms, biases and head
// use AdamW. Scaled down: rank and period; the 8-bit and per-layer variants of the official code are not reproduced.
import { z } from "zod";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { learningRate, rank, WITH_MAPS } from "#harness/method/fields.ts";
import { projectedRun } from "#harness/method/projected.ts";
import { SCRATCH_RATES } from "#harness/method/scratch-presets.ts";
import { galore } from "#harness/optim/galore.ts";
import { innerAdam } from "#harness/optim/inner-rule.ts";
import { PROJECTION_TYPES, type ProjectionType } from "#harness/optim/projection.ts";

const config = z.strictObject({
  rank: rank(8, "8 measured on use-lite; paper's GLUE runs 4 and 8"),
  alpha: z
    .number()
    .positive()
    .default(1)
    .describe("factor of the projected-back step; 1 measured, paper 0.25 (C4) and 4 (GLUE)"),
  refreshEvery: z
    .int()
    .min(2)
    .default(50)
    .describe("T, steps between two projectors; 50 measured, paper 200 and 500"),
  projection: z
    .enum(PROJECTION_TYPES)
    .default("std")
    .describe("side that is compressed; std is the smaller one (official code)"),
  epsilon: z
    .number()
    .positive()
    .default(1e-6)
    .describe("added to the root of the second moment before bias correction; official code"),
  learningRate: learningRate(5e-4, "own measurement on use-lite, equal to full fine-tuning"),
});
type Config = z.infer<typeof config>;

/** Optimizer-state numbers of one projected weight [m, n]: moments in the small space and the projector (card 20). */
export function stateNumbers(type: ProjectionType, rank: number, m: number, n: number): number {
  const [p, q] = [Math.min(m, n), Math.max(m, n)];
  const r = Math.min(rank, p);
  if (type === "full") return 2 * r * r + (m + n) * r;
  const compressed = type === "std" ? p : type === "reverse_std" ? q : type === "left" ? m : n;
  const kept = type === "std" ? q : type === "reverse_std" ? p : type === "left" ? n : m;
  return (2 * kept + compressed) * r;
}

export const method: Method<Config> = defineMethod({
  id: "galore",
  title: "GaLore",
  kind: "optimizer",
  paper: {
    title: "GaLore: Memory-Efficient LLM Training by Gradient Low-Rank Projection",
    authors: "Zhao, Zhang, Chen, Wang, Anandkumar, Tian",
    year: 2024,
    venue: "ICML 2024",
    url: "https://arxiv.org/abs/2403.03507",
  },
  fidelity: "official code",
  summary:
    "Trains all weights, with Adam's moments in a rank-r projection of each gradient that follows its leading directions.",
  families: WITH_MAPS,
  config,
  presets: [
    {
      when: { backbone: "bert-base" },
      set: { rank: 4, alpha: 4, refreshEvery: 500, learningRate: 3e-5 },
      source: "official README, RoBERTa-base on MRPC",
    },
    ...SCRATCH_RATES,
  ],
  startsFrom: "pretrained",
  promises: { startsAtBase: 0, finishKeeps: 0, gradients: "exact", toy: { rank: "2", refreshEvery: "3" } },
  supports: () => ({ ok: true }),
  async setup({ model, note }, config) {
    const { rank, alpha, refreshEvery, projection, epsilon, learningRate } = config;
    return projectedRun({
      model,
      note,
      rank,
      optimizer: galore({
        rank,
        alpha,
        refreshEvery,
        projection,
        inner: innerAdam({ beta1: 0.9, beta2: 0.999, epsilon }),
      }),
      stateNumbers: (m, n) => stateNumbers(projection, rank, m, n),
      learningRate,
    });
  },
});
