// CLIP-LoRA (Zanella and Ben Ayed, CVPRW 2024): LoRA on the query, key and value maps of every layer of both towers of CLIP,
// one setting for all data sets and shots. Baseline card, section D. Scaled down: mini-CLIP's text tower has no attention, so
// its two maps are adapted in their place; steps are the task's budget, not 500 a shot.
import { z } from "zod";
import { adapterRun } from "#harness/method/adapter.ts";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { branchDropout, learningRate, rank, targets } from "#harness/method/fields.ts";
import { checkTargets, targetSites } from "#harness/method/rewrite.ts";
import { namedClasses } from "#harness/method/support.ts";
import { branchStart, LoraLinear } from "#harness/nn/lora-linear.ts";

const config = z.strictObject({
  rank: rank(2, "official code 2"),
  alpha: z
    .number()
    .positive()
    .default(1)
    .describe("numerator of the branch's scale alpha / sqrt(rank); official code 1"),
  dropout: branchDropout(0.25, "official code 0.25"),
  targets: targets(["query", "key", "value"], "paper: query, key and value of both towers"),
  learningRate: learningRate(2e-4, "official code 2e-4"),
});
type Config = z.infer<typeof config>;

export const method: Method<Config> = defineMethod({
  id: "clip-lora",
  title: "CLIP-LoRA",
  kind: "adapter",
  paper: {
    title: "Low-Rank Few-Shot Adaptation of Vision-Language Models",
    authors: "Zanella, Ben Ayed",
    year: 2024,
    venue: "CVPR Workshops 2024",
    url: "https://arxiv.org/abs/2405.18541",
  },
  fidelity: "official code",
  summary:
    "LoRA of rank 2 on the query, key and value maps of both of CLIP's towers; class texts are read anew each step.",
  families: ["clip"],
  config,
  presets: [
    {
      when: { backbone: "mini-clip" },
      set: { targets: ["query", "key", "value", "dense"], learningRate: 2e-3 },
      source:
        "the text tower of mini-CLIP has two maps and no attention; own measurement: 1e-3 and 3e-3 are alike on validation pictures of openmoji-base, 1e-2 is worse on 4 shots",
    },
  ],
  startsFrom: "pretrained",
  // Scores are cosines times the checkpoint's factor, 31 to 100: merging keeps them to the last bits of that size.
  promises: { startsAtBase: 0, finishKeeps: 1e-4, gradients: "exact" },
  supports: namedClasses("CLIP-LoRA"),
  check: (places, { targets }) => checkTargets(places, targets, "clip-lora"),
  async setup({ model, random }, config) {
    const { rank, alpha, dropout } = config;
    return adapterRun({
      model,
      sites: targetSites(model, config.targets, "clip-lora"),
      count: (fanIn, fanOut) => rank * (fanIn + fanOut),
      wrap(site, map) {
        const start = branchStart(map, rank, random("lora", site.path));
        return new LoraLinear(site.path, map, { rank, scale: alpha / Math.sqrt(rank), dropout, ...start });
      },
      stage: { learningRate: config.learningRate },
    });
  },
});
