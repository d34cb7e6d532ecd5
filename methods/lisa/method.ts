// LISA (Pan et al., NeurIPS 2024; card 57): AdamW on embedding, head and a few blocks that are drawn anew every K steps;
// the other blocks are frozen, without gradient, decay or state. Scaled down: period and the two blocks of use-lite.
// Not reproduced: the released option that keeps the state of frozen blocks, which gives up the memory the paper claims.
import { z } from "zod";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { adamStateBytes, countOf, denseDeployment } from "#harness/method/costs.ts";
import { learningRate, WITH_MAPS } from "#harness/method/fields.ts";
import { SCRATCH_RATES } from "#harness/method/scratch-presets.ts";
import type { Model } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";

const config = z.strictObject({
  layers: z.int().min(0).default(1).describe("gamma, blocks trained at a time; code 2, its example script 1"),
  period: z.int().min(1).default(20).describe("K, steps between two draws; code 20"),
  trainEmbedding: z
    .boolean()
    .default(true)
    .describe("whether embeddings train too; paper true; false saves their state in small encoders (card)"),
  learningRate: learningRate(5e-4, "as full fine-tuning on use-lite; the order of full fine-tuning (card)"),
});
type Config = z.infer<typeof config>;

/** Parameters of each block, in model order: its linear maps and its norms. */
export function blocksOf(model: Model): readonly (readonly Param[])[] {
  const blocks = new Map<number, Param[]>();
  for (const { block, module } of model.sites) {
    if (block === null) continue;
    blocks.set(block, [...(blocks.get(block) ?? []), ...module.params()]);
  }
  return [...blocks].sort(([a], [b]) => a - b).map(([, params]) => params);
}

/** What every draw leaves trainable: all that stands in no block, embeddings by choice. */
const alwaysTrained = (model: Model, { trainEmbedding }: Pick<Config, "trainEmbedding">): readonly Param[] =>
  model.sites
    .filter((site) => site.block === null && (trainEmbedding || site.kind !== "embedding"))
    .flatMap((site) => site.module.params());

export const method: Method<Config> = defineMethod({
  id: "lisa",
  title: "LISA",
  kind: "optimizer",
  paper: {
    title: "LISA: Layerwise Importance Sampling for Memory-Efficient Large Language Model Fine-Tuning",
    authors: "Pan, Liu, Diao, Pi, Zhang, Han, Zhang",
    year: 2024,
    venue: "NeurIPS 2024",
    url: "https://arxiv.org/abs/2403.17919",
  },
  fidelity: "official code",
  summary:
    "Trains embedding, head and a few randomly drawn blocks, redrawn every K steps; the rest is frozen meanwhile.",
  families: WITH_MAPS,
  config,
  presets: [
    { when: { backbone: "bert-base" }, set: { layers: 2, learningRate: 2e-5 }, source: "official code" },
    ...SCRATCH_RATES,
  ],
  startsFrom: "pretrained",
  promises: { startsAtBase: 0, finishKeeps: 0, gradients: "exact", toy: { period: "3" } },
  supports: () => ({ ok: true }),
  async setup({ model, random, note }, config) {
    const blocks = blocksOf(model);
    const drawn = Math.min(config.layers, blocks.length);
    if (drawn < config.layers) note(`layers ${config.layers} clipped to ${drawn}, all blocks of the model`);
    const always = new Set(alwaysTrained(model, config));
    const order = random("lisa", "layers");
    const trained = () => model.params().filter((param) => param.trainable);
    const draw = (): void => {
      const active = new Set(
        [...order.permutation(blocks.length).slice(0, drawn)].flatMap((i) => blocks[i] ?? []),
      );
      for (const param of model.params()) param.trainable = always.has(param) || active.has(param);
    };
    draw();
    const { deployedParameters, deployedBytes } = denseDeployment(model, 0);
    return {
      stages: [
        {
          name: "train",
          learningRate: config.learningRate,
          budgetShare: 1,
          // The draw for step s + 1: at the beginning of steps 0, K, 2K, ... counted from 0.
          betweenSteps: { due: (step) => step % config.period === 0, run: async () => draw() },
        },
      ],
      // Blocks differ in size, so the costs are those of the blocks that the last draw left trainable.
      declared: {
        get trainable() {
          return countOf(trained());
        },
        get optimizerStateBytes() {
          return adamStateBytes(countOf(trained()));
        },
        deployedParameters,
        deployedBytes,
      },
    };
  },
});
