// LoRA-FA (Zhang et al. 2023): LoRA whose A stays as it was drawn; only B trains, so no input of full width is kept for A.
// Made from: the paper alone. Scaled down: rank 8 on the maps of use-lite. Not reproduced: large models, and the
// activation memory of fused kernels.
import { z } from "zod";
import { adapterRun } from "#harness/method/adapter.ts";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { BLOCK_ROLES, learningRate, rank, targets, WITH_BLOCKS } from "#harness/method/fields.ts";
import { checkTargets, targetSites } from "#harness/method/rewrite.ts";
import { normal, zeros } from "#harness/nn/init.ts";
import { LoraLinear } from "#harness/nn/lora-linear.ts";

const ID = "lora-fa";

const config = z.strictObject({
  rank: rank(8, "as LoRA here; the paper goes from 4 to 64 (table 3)"),
  alpha: z
    .number()
    .positive()
    .default(8)
    .describe("numerator of the branch's scale alpha / rank (section 2.1)"),
  targets: targets(["query", "value"], "as LoRA here; the paper takes all linear maps (section 4.1)"),
  learningRate: learningRate(2e-3, "choice of this file, from 1e-3 to 4e-3 on validation"),
});
type Config = z.infer<typeof config>;

/** Trained numbers of a map: B alone (section 3.1). */
export const trainedNumbers = (rank: number, fanOut: number): number => rank * fanOut;

export const method: Method<Config> = defineMethod({
  id: ID,
  title: "LoRA-FA",
  kind: "adapter",
  paper: {
    title: "LoRA-FA: Memory-efficient Low-rank Adaptation for Large Language Models Fine-tuning",
    authors: "Zhang, Zhang, Shi, Chu, Li",
    year: 2023,
    venue: "arXiv",
    url: "https://arxiv.org/abs/2308.03303",
  },
  fidelity: "paper",
  summary: "LoRA with its first factor frozen as it was drawn: half the trained numbers, merged at the end.",
  families: WITH_BLOCKS,
  config,
  presets: [
    {
      when: { backbone: "use-lite" },
      set: { targets: [...BLOCK_ROLES] },
      source: "as LoRA here: all six maps of a block",
    },
  ],
  startsFrom: "pretrained",
  promises: { startsAtBase: 0, finishKeeps: 1e-5, gradients: "exact", toy: { rank: "2" } },
  supports: () => ({ ok: true }),
  check: (places, { targets }) => checkTargets(places, targets, ID),
  async setup({ model, random }, { rank, alpha, targets, learningRate }) {
    return adapterRun({
      model,
      sites: targetSites(model, targets, ID),
      count: (_, fanOut) => trainedNumbers(rank, fanOut),
      wrap(site, map) {
        // Section 3.1: A from a normal distribution, B from zero, so that training starts at the base model.
        const a = normal(map.inFeatures * rank, 1 / Math.sqrt(map.inFeatures), random(ID, site.path));
        const b = zeros(rank * map.outFeatures);
        const module = new LoraLinear(site.path, map, { rank, scale: alpha / rank, a, b });
        module.a.trainable = false;
        return module;
      },
      stage: { learningRate },
    });
  },
});
