// VeRA (Kopiczko et al., ICLR 2024): one pair of frozen random factors for all sites; only two scaling vectors a site train.
// Baseline card, section A, after huggingface/peft. Scaled down: rank 256 of the peft default, two layers.
import { z } from "zod";
import { adapterRun, headGroup } from "#harness/method/adapter.ts";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import {
  BLOCK_ROLES,
  headLearningRate,
  learningRate,
  rank,
  targets,
  WITH_BLOCKS,
} from "#harness/method/fields.ts";
import { checkTargets, targetSites } from "#harness/method/rewrite.ts";
import { uniform } from "#harness/nn/init.ts";
import { Param } from "#harness/nn/param.ts";
import { VeraLinear } from "./vera-linear.ts";

const config = z.strictObject({
  rank: rank(256, "peft default 256"),
  targets: targets(["query", "value"], "peft default for BERT-like encoders: query,value"),
  learningRate: learningRate(1e-2, "scaling vectors; baseline card: 3e-3 or 1e-2"),
  headLearningRate: headLearningRate(1e-3, "baseline card 1e-3"),
});
type Config = z.infer<typeof config>;

export const method: Method<Config> = defineMethod({
  id: "vera",
  title: "VeRA",
  kind: "adapter",
  paper: {
    title: "VeRA: Vector-based Random Matrix Adaptation",
    authors: "Kopiczko, Blankevoort, Asano",
    year: 2024,
    venue: "ICLR 2024",
    url: "https://arxiv.org/abs/2310.11454",
  },
  fidelity: "official code",
  summary:
    "Shares one pair of frozen random matrices among all sites and trains two scaling vectors for each.",
  families: WITH_BLOCKS,
  config,
  presets: [
    {
      when: { backbone: "use-lite" },
      set: { targets: [...BLOCK_ROLES] },
      source: "the sites of the LoRA setting",
    },
  ],
  startsFrom: "pretrained",
  promises: { startsAtBase: 0, finishKeeps: 1e-5, gradients: "exact", toy: { rank: "4" } },
  supports: () => ({ ok: true }),
  check: (places, { targets }) => checkTargets(places, targets, "vera"),
  async setup({ model, random }, config) {
    const { rank, learningRate, headLearningRate } = config;
    const sites = targetSites(model, config.targets, "vera");
    const maxIn = Math.max(...sites.map(({ module }) => module.inFeatures));
    const maxOut = Math.max(...sites.map(({ module }) => module.outFeatures));
    // Kaiming uniform with slope 0: U(+-sqrt(6 / fanIn)), fanIn of B being the rank.
    const frozen = (name: string, shape: [number, number], fanIn: number) =>
      new Param(
        `vera.${name}`,
        shape,
        uniform(shape[0] * shape[1], Math.sqrt(6 / fanIn), random("vera", name)),
        {
          role: "factor",
          trainable: false,
        },
      );
    const shared = { a: frozen("a", [maxIn, rank], maxIn), b: frozen("b", [rank, maxOut], rank), rank };
    return adapterRun({
      model,
      sites,
      count: (_, fanOut) => rank + fanOut,
      wrap: (site, map) => new VeraLinear(site.path, map, shared),
      stage: { learningRate, groups: [headGroup(model, headLearningRate / learningRate)] },
      release() {
        shared.a.dispose();
        shared.b.dispose();
      },
    });
  },
});
