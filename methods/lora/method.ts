// LoRA (Hu et al. 2021): a trained low-rank branch beside frozen dense maps; merged for deployment.
// Baseline card, section A, after huggingface/peft. Scaled down: rank 8 on the two layers of use-lite; nothing left out.
// rsLoRA (Kalajdzievski 2023) is the same with scale alpha / sqrt(rank): the field `scaling`.
import { z } from "zod";
import { adapterRun } from "#harness/method/adapter.ts";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import {
  BLOCK_ROLES,
  branchDropout,
  learningRate,
  rank,
  targets,
  WITH_BLOCKS,
} from "#harness/method/fields.ts";
import { checkTargets, targetSites } from "#harness/method/rewrite.ts";
import { branchStart, LoraLinear } from "#harness/nn/lora-linear.ts";

const config = z.strictObject({
  rank: rank(8, "peft default 8"),
  alpha: z.number().positive().default(8).describe("numerator of the branch's scale; peft default 8"),
  scaling: z
    .enum(["alpha/r", "rslora"])
    .default("alpha/r")
    .describe("scale of the branch: alpha / rank (LoRA) or alpha / sqrt(rank) (rsLoRA, arXiv 2312.03732)"),
  dropout: branchDropout(0, "peft default 0"),
  targets: targets(["query", "value"], "peft default for BERT-like encoders: query,value"),
  learningRate: learningRate(1e-3, "baseline card, from 3e-4 to 2e-3"),
});
type Config = z.infer<typeof config>;

/** The factor s of the branch. */
export const branchScale = ({ rank, alpha, scaling }: Pick<Config, "rank" | "alpha" | "scaling">): number =>
  alpha / (scaling === "rslora" ? Math.sqrt(rank) : rank);

export const method: Method<Config> = defineMethod({
  id: "lora",
  title: "LoRA",
  kind: "adapter",
  paper: {
    title: "LoRA: Low-Rank Adaptation of Large Language Models",
    authors: "Hu, Shen, Wallis, Allen-Zhu, Li, Wang, Wang, Chen",
    year: 2021,
    venue: "ICLR 2022",
    url: "https://arxiv.org/abs/2106.09685",
  },
  fidelity: "official code",
  summary:
    "Freezes the backbone and trains a rank-r product beside chosen linear maps; the product is merged at the end.",
  families: WITH_BLOCKS,
  config,
  presets: [
    {
      when: { backbone: "use-lite" },
      set: { targets: [...BLOCK_ROLES], learningRate: 2e-3 },
      source: "own measurement: 82.8 on SST-2 dev with 8,000 rows",
    },
  ],
  startsFrom: "pretrained",
  promises: {
    startsAtBase: 0,
    finishKeeps: 1e-5,
    gradients: "exact",
    toy: { rank: "2", targets: "query,ffn-in" },
  },
  supports: () => ({ ok: true }),
  check: (places, { targets }) => checkTargets(places, targets, "lora"),
  async setup({ model, random }, config) {
    const { rank, dropout } = config;
    return adapterRun({
      model,
      sites: targetSites(model, config.targets, "lora"),
      count: (fanIn, fanOut) => rank * (fanIn + fanOut),
      wrap(site, map) {
        const start = branchStart(map, rank, random("lora", site.path));
        return new LoraLinear(site.path, map, { rank, scale: branchScale(config), dropout, ...start });
      },
      stage: { learningRate: config.learningRate },
    });
  },
});
