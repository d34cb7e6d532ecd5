// Low-rank from the start: every map in a block is W = A B and stays so, trained from random factors. Baseline card,
// section C. On tasks with a pre-trained backbone `start=svd` takes the factors of its weights instead of random ones.
// Embeddings, pooler, norms and head stay dense and are trained. Scaled down: no learning-rate sweep.
import { z } from "zod";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { adamStateBytes, countOf, denseMaps, FLOAT_BYTES } from "#harness/method/costs.ts";
import { factoredMap } from "#harness/method/factorise.ts";
import { learningRate, WITH_MAPS } from "#harness/method/fields.ts";
import { blockSites } from "#harness/method/rewrite.ts";
import { SCRATCH_RATES } from "#harness/method/scratch-presets.ts";
import { FactoredLinear } from "#harness/nn/factored-linear.ts";
import type { Stream } from "#harness/nn/init.ts";
import { normal, uniform } from "#harness/nn/init.ts";
import type { Linear } from "#harness/nn/linear.ts";

const config = z.strictObject({
  ratio: z
    .number()
    .positive()
    .max(1)
    .default(0.25)
    .describe("rank as a share of a map's short side; baseline card 1/4"),
  start: z
    .enum(["random", "svd"])
    .default("random")
    .describe("factors drawn at random (baseline card), or the truncated SVD of the weights that are there"),
  learningRate: learningRate(1e-3, "baseline card 1e-3 to 3e-3 from scratch"),
});
type Config = z.infer<typeof config>;

/** Rank of a map [m, n]. */
export const rankOf = (ratio: number, m: number, n: number): number =>
  Math.max(1, Math.floor(ratio * Math.min(m, n)));

/** A ~ U(+-sqrt(3 / in)), B ~ N(0, 1 / r): entries of the product have variance 1 / in. */
export function randomFactors(
  m: number,
  n: number,
  rank: number,
  random: Stream,
): { a: Float32Array; b: Float32Array } {
  return { a: uniform(m * rank, Math.sqrt(3 / m), random), b: normal(rank * n, rank ** -0.5, random) };
}

export const method: Method<Config> = defineMethod({
  id: "lowrank",
  title: "Low-rank factors",
  kind: "parametrisation",
  paper: null,
  fidelity: "paper",
  summary: "Trains every map of a block as a product of two thin factors from the first step on.",
  families: WITH_MAPS,
  config,
  presets: [
    {
      when: { family: "glue" },
      set: { start: "svd", learningRate: 5e-4 },
      source: "fine-tuning tasks start from a backbone",
    },
    {
      when: { family: "text" },
      set: { start: "svd", learningRate: 5e-4 },
      source: "fine-tuning tasks start from a backbone",
    },
    {
      when: { family: "clip" },
      set: { start: "svd", learningRate: 5e-4 },
      source: "fine-tuning tasks start from a backbone",
    },
    ...(["bigru", "small-transformer"] as const).map((backbone) => ({
      when: { backbone },
      set: { start: "random" as const },
      source: "nothing is known at the start that a decomposition could keep",
    })),
    ...SCRATCH_RATES,
  ],
  startsFrom: "pretrained",
  promises: { startsAtBase: null, finishKeeps: 0, gradients: "exact" },
  supports: () => ({ ok: true }),
  async setup({ model, random }, { ratio, start, learningRate }) {
    const maps = denseMaps(blockSites(model));
    const change = maps.reduce(
      (sum, { map: { inFeatures: m, outFeatures: n } }) => sum + rankOf(ratio, m, n) * (m + n) - m * n,
      0,
    );
    const factored = countOf(model.params()) + change;
    const drawn = (path: string, map: Linear, rank: number): FactoredLinear => {
      const factors = randomFactors(map.inFeatures, map.outFeatures, rank, random("lowrank", path));
      map.weight.dispose();
      return new FactoredLinear(path, map.inFeatures, map.outFeatures, { rank, ...factors, bias: map.bias });
    };
    for (const { site, map } of maps) {
      const rank = rankOf(ratio, map.inFeatures, map.outFeatures);
      site.module =
        start === "svd"
          ? await factoredMap(site.path, map, { rank, balance: "sqrt" })
          : drawn(site.path, map, rank);
    }
    for (const param of model.params()) param.trainable = true;
    return {
      stages: [{ name: "train", learningRate, budgetShare: 1 }],
      declared: {
        trainable: factored,
        optimizerStateBytes: adamStateBytes(factored),
        deployedParameters: factored,
        deployedBytes: FLOAT_BYTES * factored,
      },
    };
  },
});
