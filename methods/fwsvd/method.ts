// FWSVD (Hsu et al., ICLR 2022; card 14): SVD of a fine-tuned model's weights with each input row weighted by its Fisher
// information, then fine-tuning of the factored model. Embeddings, pooler, norms and head stay dense.
// Scaled down: Fisher over 512 examples, not the training set. Not reproduced: CoNLL and the models that were compact before.
import { z } from "zod";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { countOf, denseMaps, FLOAT_BYTES } from "#harness/method/costs.ts";
import { factoredMap } from "#harness/method/factorise.ts";
import { learningRate, WITH_MAPS } from "#harness/method/fields.ts";
import { type FisherSums, fisherSums } from "#harness/method/fisher.ts";
import { recoverCosts, recoverShare, recoverStage } from "#harness/method/recover.ts";
import { blockSites } from "#harness/method/rewrite.ts";
import { SCRATCH_RATES } from "#harness/method/scratch-presets.ts";

const config = z.strictObject({
  ratio: z
    .number()
    .positive()
    .max(1)
    .default(0.33)
    .describe("rank as a share of a map's short side; paper 0.33"),
  examples: z
    .int()
    .min(1)
    .default(512)
    .describe("training examples of the Fisher pass; the paper takes all, card 512 to 2048"),
  variant: z
    .enum(["rows", "two-sided", "plain"])
    .default("rows")
    .describe("weights of the error: input rows (paper), rows and columns (s-nlp), none (ordinary SVD)"),
  recoverShare: recoverShare(1, "paper 1: the same recipe as before"),
  learningRate: learningRate(
    5e-4,
    "same recipe as the fine-tuning before (paper); 5e-4 measured on use-lite",
  ),
});
type Config = z.infer<typeof config>;

/** Rank of a map [m, n]: floor(ratio * min(m, n)), at least 1. */
export const rankOf = (ratio: number, m: number, n: number): number =>
  Math.max(1, Math.floor(ratio * Math.min(m, n)));

/** Share of the largest importance that is added to each: rows without Fisher information must stay invertible. */
const FLOOR = 1e-6;

/** Square roots of importances, with the floor; all ones where no example has a gradient. */
export function rootImportance(importance: Float64Array): Float64Array {
  const largest = importance.reduce((a, b) => Math.max(a, b), 0);
  return importance.map((f) => (largest === 0 ? 1 : Math.sqrt(f / largest + FLOOR)));
}

const weights = (variant: Config["variant"], sums: FisherSums | undefined) =>
  sums === undefined
    ? {}
    : {
        rows: rootImportance(sums.inputs),
        ...(variant === "two-sided" ? { columns: rootImportance(sums.outputs) } : {}),
      };

export const method: Method<Config> = defineMethod({
  id: "fwsvd",
  title: "FWSVD",
  kind: "compression",
  paper: {
    title: "Language model compression with weighted low-rank factorization",
    authors: "Hsu, Hua, Chang, Lou, Shen, Jin",
    year: 2022,
    venue: "ICLR 2022",
    url: "https://arxiv.org/abs/2207.00112",
  },
  fidelity: "paper",
  summary:
    "Factors a fine-tuned model's maps by an SVD that weighs input rows by Fisher information, then trains the factors.",
  families: WITH_MAPS,
  config,
  presets: [
    { when: { scale: "smoke" }, set: { examples: 32 }, source: "seconds instead of minutes" },
    {
      when: { backbone: "bert-base" },
      set: { learningRate: 2e-5 },
      source: "paper, section 5: 2e-5 in both fine-tunings",
    },
    ...SCRATCH_RATES,
  ],
  startsFrom: "dense",
  promises: { startsAtBase: null, finishKeeps: 0, gradients: "exact" },
  supports: () => ({ ok: true }),
  async setup({ model, calibration, note }, { ratio, examples, variant, recoverShare, learningRate }) {
    const maps = denseMaps(blockSites(model));
    const dense = countOf(model.params());
    const change = maps.reduce(
      (sum, { map: { inFeatures: m, outFeatures: n } }) => sum + rankOf(ratio, m, n) * (m + n) - m * n,
      0,
    );
    const fisher =
      variant === "plain"
        ? undefined
        : await fisherSums(
            calibration,
            maps.map(({ map }) => map),
            examples,
          );
    for (const { site, map } of maps) {
      const rank = rankOf(ratio, map.inFeatures, map.outFeatures);
      site.module = await factoredMap(site.path, map, {
        rank,
        balance: "none",
        ...weights(variant, fisher?.get(map)),
      });
    }
    if (change >= 0)
      note(`ratio ${ratio} saves nothing: the factors hold ${change} numbers more than the dense maps`);
    const factored = dense + change;
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
