// SVD truncation: each map of a fine-tuned model becomes its best product of rank r, then the factors are trained.
// Baseline card, section B: r = floor(keep m n / (m + n)), roots of the singular values in both factors.
import { z } from "zod";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { countOf, denseMaps, FLOAT_BYTES } from "#harness/method/costs.ts";
import { factoredMap } from "#harness/method/factorise.ts";
import { learningRate, WITH_MAPS } from "#harness/method/fields.ts";
import { recoverCosts, recoverShare, recoverStage } from "#harness/method/recover.ts";
import { blockSites } from "#harness/method/rewrite.ts";
import { SCRATCH_RATES } from "#harness/method/scratch-presets.ts";

const config = z.strictObject({
  keep: z
    .number()
    .positive()
    .max(1)
    .default(0.5)
    .describe("share of a map's numbers that its factors hold; baseline card; 1 is not lossless"),
  recoverShare: recoverShare(1, "baseline, as for FWSVD"),
  learningRate: learningRate(5e-4, "same recipe as the fine-tuning before; 5e-4 measured on use-lite"),
});
type Config = z.infer<typeof config>;

/** Rank whose factors hold at most `keep` of the numbers of a map [m, n]; at least 1. */
export const rankFor = (keep: number, m: number, n: number): number =>
  Math.max(1, Math.floor((keep * m * n) / (m + n)));

export const method: Method<Config> = defineMethod({
  id: "svd",
  title: "SVD truncation",
  kind: "compression",
  paper: null,
  fidelity: "paper",
  summary: "Replaces each map of a fine-tuned model by the two factors of its truncated SVD and trains them.",
  families: WITH_MAPS,
  config,
  presets: [
    { when: { backbone: "bert-base" }, set: { learningRate: 2e-5 }, source: "recipe of full fine-tuning" },
    ...SCRATCH_RATES,
  ],
  startsFrom: "dense",
  promises: { startsAtBase: null, finishKeeps: 0, gradients: "exact" },
  supports: () => ({ ok: true }),
  async setup({ model }, { keep, recoverShare, learningRate }) {
    const maps = denseMaps(blockSites(model));
    const change = maps.reduce(
      (sum, { map: { inFeatures: m, outFeatures: n } }) => sum + rankFor(keep, m, n) * (m + n) - m * n,
      0,
    );
    const factored = countOf(model.params()) + change;
    for (const { site, map } of maps) {
      const rank = rankFor(keep, map.inFeatures, map.outFeatures);
      site.module = await factoredMap(site.path, map, { rank, balance: "sqrt" });
    }
    return {
      stages: [recoverStage(model, recoverShare, learningRate)],
      declared: {
        ...recoverCosts(recoverShare, factored),
        deployedParameters: factored,
        deployedBytes: FLOAT_BYTES * factored,
      },
    };
  },
});
