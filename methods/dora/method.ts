// DoRA (Liu et al., ICML 2024): LoRA on the direction of a weight, with its magnitude an output trained apart.
// Baseline card, section A, after huggingface/peft: the norm is a constant of the gradient. Scaled down: rank 8.
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
import { columnNorms, DoraLinear } from "#harness/nn/dora-linear.ts";
import { branchStart } from "#harness/nn/lora-linear.ts";

const config = z.strictObject({
  rank: rank(8, "peft default 8"),
  alpha: z
    .number()
    .positive()
    .default(8)
    .describe("numerator of the branch's scale alpha / rank; peft default 8"),
  dropout: branchDropout(0, "peft default 0"),
  targets: targets(["query", "value"], "peft default for BERT-like encoders: query,value"),
  learningRate: learningRate(1e-3, "baseline card: the same as LoRA"),
});
type Config = z.infer<typeof config>;

export const method: Method<Config> = defineMethod({
  id: "dora",
  title: "DoRA",
  kind: "adapter",
  paper: {
    title: "DoRA: Weight-Decomposed Low-Rank Adaptation",
    authors: "Liu, Wang, Yin, Molchanov, Wang, Cheng, Chen",
    year: 2024,
    venue: "ICML 2024",
    url: "https://arxiv.org/abs/2402.09353",
  },
  fidelity: "official code",
  summary:
    "LoRA whose sum with the frozen weight is renormalised to a trained magnitude for each output; merged at the end.",
  families: WITH_BLOCKS,
  config,
  presets: [
    {
      when: { backbone: "use-lite" },
      set: { targets: [...BLOCK_ROLES], learningRate: 2e-3 },
      source: "the LoRA setting measured on use-lite",
    },
  ],
  startsFrom: "pretrained",
  promises: {
    startsAtBase: 1e-6,
    finishKeeps: 1e-5,
    gradients: { instead: "those with the column norms held fixed (paper, section 4.3)" },
    toy: { rank: "2" },
  },
  supports: () => ({ ok: true }),
  check: (places, { targets }) => checkTargets(places, targets, "dora"),
  async setup({ model, random }, { rank, alpha, dropout, targets, learningRate }) {
    return adapterRun({
      model,
      sites: targetSites(model, targets, "dora"),
      count: (fanIn, fanOut) => rank * (fanIn + fanOut) + fanOut,
      async wrap(site, map) {
        const start = branchStart(map, rank, random("dora", site.path));
        const magnitude = Float32Array.from(columnNorms(await map.weight.read(), map.outFeatures));
        return new DoraLinear(site.path, map, { rank, scale: alpha / rank, dropout, ...start }, magnitude);
      },
      stage: { learningRate },
    });
  },
});
