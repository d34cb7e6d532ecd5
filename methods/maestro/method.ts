// Maestro (Horvath et al., ICML 2024; card 02): every map in a block is a full-width product from the start; each step runs
// one map on a random prefix of its directions, a group lasso presses the tail down, and directions of no importance are
// switched off. Maps end with ranks of their own. Starts from the SVD of the weights that are there.
// Scaled down: shrinking every few steps instead of epochs, AdamW instead of SGD. Not reproduced: convolutions and
// batch-norm statistics, the across-layers and Pufferfish samplers, nested deployment at several widths.
import { z } from "zod";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { adamStateBytes, countOf, denseMaps, FLOAT_BYTES } from "#harness/method/costs.ts";
import { factoredMap } from "#harness/method/factorise.ts";
import { learningRate, WITH_BLOCKS } from "#harness/method/fields.ts";
import { blockSites } from "#harness/method/rewrite.ts";
import { SCRATCH_RATES } from "#harness/method/scratch-presets.ts";
import { detached } from "#harness/nn/detach.ts";
import type { Stream } from "#harness/nn/init.ts";
import { addN, logSoftmax, mean, mul, neg, scalar, softmax, sum } from "#harness/nn/ops.ts";
import { LodLinear, storesDense } from "./lod-linear.ts";

const config = z.strictObject({
  lasso: z
    .number()
    .min(0)
    .default(1e-6)
    .describe("lambda_gp, weight of the tail norms in the loss; official scripts 1e-6, card 0 to 1e-4"),
  threshold: z
    .number()
    .min(0)
    .default(1e-5)
    .describe("eps, importance below which directions are switched off; official 1e-5"),
  shrinkEvery: z
    .int()
    .min(1)
    .default(100)
    .describe("steps between two looks at importances; official every epoch"),
  fullPass: z
    .boolean()
    .default(false)
    .describe(
      "train the whole model and teach the partial one its outputs (parser's default) instead of the partial model alone (scripts)",
    ),
  learningRate: learningRate(5e-4, "as full fine-tuning on use-lite"),
});
type Config = z.infer<typeof config>;

/** All pairs (map, width from 1 on), in random order; gone through once, then drawn anew by the next round. */
export function pairs(widths: readonly number[], random: Stream): { map: number; width: number }[] {
  const all = widths.flatMap((count, map) =>
    Array.from({ length: count }, (_, j) => ({ map, width: j + 1 })),
  );
  return Array.from(random.permutation(all.length), (at) => all[at] as { map: number; width: number });
}

export const method: Method<Config> = defineMethod({
  id: "maestro",
  title: "Maestro",
  kind: "parametrisation",
  paper: {
    title: "Maestro: Uncovering Low-Rank Structures via Trainable Decomposition",
    authors: "Horvath, Laskaridis, Rajput, Wang",
    year: 2024,
    venue: "ICML 2024",
    url: "https://arxiv.org/abs/2308.14929",
  },
  fidelity: "official code",
  summary:
    "Trains maps as products whose inner directions are ordered by importance and switched off from the end.",
  families: WITH_BLOCKS,
  config,
  presets: [...SCRATCH_RATES],
  startsFrom: "pretrained",
  promises: { startsAtBase: 1e-4, finishKeeps: 1e-5, gradients: "exact", toy: { shrinkEvery: "3" } },
  supports: ({ outputs }) =>
    outputs > 1
      ? { ok: true }
      : { ok: false, reason: "the loss on partial models is defined for classes, not for one value" },
  async setup({ model, random, note }, { lasso, threshold, shrinkEvery, fullPass, learningRate }) {
    const maps = denseMaps(blockSites(model));
    const dense = countOf(model.params());
    const modules: LodLinear[] = [];
    for (const { site, map } of maps) {
      const rank = Math.min(map.inFeatures, map.outFeatures);
      const module = new LodLinear(await factoredMap(site.path, map, { rank, balance: "sqrt" }));
      modules.push(module);
      site.module = module;
    }
    for (const param of model.params()) param.trainable = true;
    const trained = countOf(model.params());
    const maps0 = modules.map(({ inFeatures: m, outFeatures: n }) => m * n);
    const rest = dense - maps0.reduce((sum, size) => sum + size, 0);

    let queue: { map: number; width: number }[] = [];
    let drawn: { map: number; width: number } | undefined;
    let round = 0;
    const narrow = (): void => {
      for (const [index, module] of modules.entries())
        module.sampled = index === drawn?.map ? drawn.width : null;
    };
    const widen = (): void => {
      for (const module of modules) module.sampled = null;
    };
    const sample = (): void => {
      if (queue.length === 0)
        queue = pairs(
          modules.map((module) => module.width),
          random("maestro", String(round++)),
        );
      drawn = queue.pop();
      if (!fullPass) narrow();
    };
    const shrink = async (): Promise<void> => {
      for (const module of modules) {
        const importance = await module.importance();
        // One direction always stays, so that a map remains a map.
        module.width = Math.max(1, importance.filter((value) => value >= threshold).length);
      }
      queue = [];
    };
    const deployed = (): number =>
      modules.reduce(
        (sum, { width, inFeatures: m, outFeatures: n }) =>
          sum + (storesDense(width, m, n) ? m * n : width * (m + n)),
        rest,
      );
    let done = false;
    return {
      stages: [
        {
          name: "train",
          learningRate,
          budgetShare: 1,
          async begin() {
            sample();
          },
          extraLoss({ model: whole, batch, scores }) {
            const tails = mul(addN(modules.map((module) => module.tailNorms())), scalar(lasso));
            if (!fullPass) return tails;
            narrow();
            const partial = whole.forward(batch.inputs, { training: true });
            widen();
            const wanted = detached(() => softmax(scores));
            return addN([tails, neg(mean(sum(mul(wanted, logSoftmax(partial)), -1)))]);
          },
          betweenSteps: {
            due: () => true,
            async run({ step }) {
              if (step % shrinkEvery === 0) await shrink();
              sample();
            },
          },
        },
      ],
      async finish() {
        if (done) return;
        done = true;
        await shrink();
        note(`widths: ${modules.map((module, i) => `${maps[i]?.site.path} ${module.width}`).join(", ")}`);
        for (const { site } of maps)
          if (site.module instanceof LodLinear) site.module = await site.module.deploy(site.path);
      },
      declared: {
        trainable: trained,
        optimizerStateBytes: adamStateBytes(trained),
        get deployedParameters() {
          return deployed();
        },
        get deployedBytes() {
          return FLOAT_BYTES * deployed();
        },
      },
    };
  },
});
