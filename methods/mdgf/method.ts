// MdGf and SdGf (Bambhaniya et al., CPAL 2025; card 55): training towards an N:M pattern in which the hold on pruned weights
// tightens step by step, by a decaying mask or by stages of looser patterns. Starts from the pre-trained weights.
// Scaled down: decay over one short run. Not reproduced: ViT and T5X training from scratch, training-FLOP accounting.
import { z } from "zod";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { adamStateBytes, countOf, FLOAT_BYTES, sumOver } from "#harness/method/costs.ts";
import { learningRate, targets, WITH_MAPS } from "#harness/method/fields.ts";
import { checkTargets, replaceDense, targetSites } from "#harness/method/rewrite.ts";
import { SCRATCH_RATES, SCRATCH_TARGETS } from "#harness/method/scratch-presets.ts";
import { MaskedFlowLinear } from "#harness/nn/masked-flow-linear.ts";
import { groupMask, keptInGroups } from "#harness/nn/masks.ts";
import { addN, mul, scalar, square, sub, sum } from "#harness/nn/ops.ts";
import { SparseLinear } from "#harness/nn/sparse-linear.ts";
import { flowAt, RECIPES, type Schedule } from "./schedule.ts";

const config = z.strictObject({
  recipe: z
    .enum(RECIPES)
    .default("mdgf-exp")
    .describe("how the hold tightens; the paper's best is mdgf-exp; ste and sr-ste are its baselines"),
  n: z.int().min(1).default(1).describe("weights kept of each group; official YAML 1"),
  m: z.int().min(2).max(256).default(8).describe("consecutive inputs a group; card 4, 8, 16; official 32"),
  denseShare: z
    .number()
    .min(0)
    .max(0.9)
    .default(0.05)
    .describe("share of the steps without any mask at the start; card 5 to 10 %"),
  hardShare: z
    .number()
    .min(0)
    .max(0.9)
    .default(0.1)
    .describe("share of the steps under the hard mask at the end; card 5 to 10 %"),
  speed: z
    .number()
    .positive()
    .default(4)
    .describe("mdgf-exp: the flow falls to exp(-speed) over the decay; card 4"),
  grad: z
    .enum(["auto", "masked", "ste"])
    .default("auto")
    .describe(
      "gradient of pruned weights: times their flow (masked) or full (ste); auto: masked for MdGf, ste otherwise (card)",
    ),
  srSteDecay: z
    .number()
    .min(0)
    .default(2e-4)
    .describe("lambda of SR-STE's pull on pruned weights; official 2e-4"),
  targets: targets(["ffn-in", "ffn-out"], "official default: feed-forward maps"),
  learningRate: learningRate(5e-4, "as full fine-tuning on use-lite"),
});
type Config = z.infer<typeof config>;

const straightThrough = ({ grad, recipe }: Config): boolean =>
  grad === "auto" ? !recipe.startsWith("mdgf") : grad === "ste";

export const method: Method<Config> = defineMethod({
  id: "mdgf",
  title: "MdGf",
  kind: "compression",
  paper: {
    title: "Progressive Gradient Flow for Robust N:M Sparsity Training in Transformers",
    authors: "Bambhaniya, Yazdanbakhsh, Subramanian, Kao, Agrawal, Evci, Krishna",
    year: 2024,
    venue: "CPAL 2025",
    url: "https://arxiv.org/abs/2402.04744",
  },
  fidelity: "official code",
  summary:
    "Trains towards N:M sparse maps while the influence of pruned weights decays, instead of cutting them at once.",
  families: WITH_MAPS,
  config,
  presets: [
    { when: { backbone: "bert-base" }, set: { learningRate: 2e-5 }, source: "recipe of full fine-tuning" },
    ...SCRATCH_TARGETS,
    ...SCRATCH_RATES,
  ],
  startsFrom: "pretrained",
  promises: { startsAtBase: null, finishKeeps: 1e-6, gradients: "exact" },
  supports: () => ({ ok: true }),
  check: (places, { targets }) => checkTargets(places, targets, "mdgf"),
  async setup({ model }, config) {
    const { n, m, recipe } = config;
    const final = { n: Math.min(n, m), m };
    const schedule: Schedule = { ...config, final };
    const sites = targetSites(model, config.targets, "mdgf");
    const dense = countOf(model.params());
    const kept = sumOver(sites, (fanIn, fanOut) => keptInGroups(fanIn, fanOut, final.n, m));
    const indexBits = Math.ceil(Math.log2(m));
    const indexBytes = sumOver(sites, (fanIn, fanOut) =>
      Math.ceil((keptInGroups(fanIn, fanOut, final.n, m) * indexBits) / 8),
    );
    // The first step's flow depends on whether there is a dense phase, not on how many steps there are.
    const start = flowAt(0, config.denseShare > 0 ? 1 / config.denseShare : 1e9, schedule);
    const modules = replaceDense(
      sites,
      (_, map) => new MaskedFlowLinear(map, final, start, straightThrough(config)),
    );
    for (const param of model.params()) param.trainable = true;
    const pull = () => {
      const pruned = modules.map((module) => {
        const weight = module.base.weight.variable;
        return sum(square(sub(weight, mul(weight, module.mask(final)))));
      });
      // Its gradient is lambda (1 - m) W, the term that SR-STE adds.
      return mul(addN(pruned), scalar(config.srSteDecay / 2));
    };
    return {
      stages: [
        {
          name: "train",
          learningRate: config.learningRate,
          budgetShare: 1,
          ...(recipe === "sr-ste" ? { extraLoss: pull } : {}),
          async begin() {
            for (const module of modules) module.flow = start;
          },
          betweenSteps: {
            due: () => true,
            async run({ step, steps }) {
              for (const module of modules) module.flow = flowAt(step, steps, schedule);
            },
          },
        },
      ],
      async finish() {
        for (const site of sites) {
          if (!(site.module instanceof MaskedFlowLinear)) continue;
          const { base } = site.module;
          const values = (await base.weight.read()).slice();
          const mask = groupMask(values, base.inFeatures, base.outFeatures, final.n, m);
          site.module = new SparseLinear(site.path, base, values, mask, { bitsPerKept: indexBits });
        }
      },
      declared: {
        trainable: dense,
        optimizerStateBytes: adamStateBytes(dense),
        deployedParameters: dense - countOf(modules.map((module) => module.base.weight)) + kept,
        deployedBytes:
          FLOAT_BYTES * (dense - countOf(modules.map((module) => module.base.weight)) + kept) + indexBytes,
      },
    };
  },
});
