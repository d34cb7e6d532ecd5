// Magnitude pruning: a fine-tuned model loses the smallest weights of each map, unstructured or N:M along the inputs, and
// the rest is trained further under the mask. Baseline card, section B, after the wanda repository (layer-wise thresholds).
// Embedding, pooler, norms, biases and head stay dense. Not reproduced: sparse kernels; latency is that of dense products.
import { z } from "zod";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { countOf, denseMaps, FLOAT_BYTES } from "#harness/method/costs.ts";
import { learningRate, WITH_MAPS } from "#harness/method/fields.ts";
import { recoverCosts, recoverShare, recoverStage } from "#harness/method/recover.ts";
import { blockSites } from "#harness/method/rewrite.ts";
import { SCRATCH_RATES } from "#harness/method/scratch-presets.ts";
import { groupMask, keptInGroups, magnitudeMask } from "#harness/nn/masks.ts";
import { SparseLinear } from "#harness/nn/sparse-linear.ts";

const config = z.strictObject({
  pattern: z
    .string()
    .regex(/^(unstructured|[1-9][0-9]?:[1-9][0-9]?)$/, "unstructured, or N:M such as 2:4")
    .refine((text) => text === "unstructured" || nm(text).n <= nm(text).m, "N of N:M is at most M")
    .default("unstructured")
    .describe("which weights may go: any, or all but N of each M consecutive inputs; card 2:4"),
  sparsity: z
    .number()
    .min(0)
    .lt(1)
    .default(0.5)
    .describe("share of a map's weights removed; unstructured only; wanda 0.5"),
  recoverShare: recoverShare(1, "optional in the card; trained under the mask"),
  learningRate: learningRate(5e-4, "same recipe as the fine-tuning before; 5e-4 measured on use-lite"),
});
type Config = z.infer<typeof config>;

function nm(pattern: string): { readonly n: number; readonly m: number } {
  const [n = 0, m = 0] = pattern.split(":").map(Number);
  return { n, m };
}

/** Kept weights of a map and the bytes that say where they are. */
function storage(
  { pattern, sparsity }: Config,
  fanIn: number,
  fanOut: number,
): { kept: number; positionBytes: number } {
  const all = fanIn * fanOut;
  if (pattern === "unstructured")
    return { kept: all - Math.floor(sparsity * all), positionBytes: Math.ceil(all / 8) };
  const { n, m } = nm(pattern);
  const kept = keptInGroups(fanIn, fanOut, n, m);
  return { kept, positionBytes: Math.ceil((kept * Math.ceil(Math.log2(m))) / 8) };
}

export const method: Method<Config> = defineMethod({
  id: "magnitude-pruning",
  title: "Magnitude pruning",
  kind: "compression",
  paper: null,
  fidelity: "official code",
  summary:
    "Zeroes the smallest weights of each map of a fine-tuned model and trains the rest under the mask.",
  families: WITH_MAPS,
  config,
  presets: [
    { when: { backbone: "bert-base" }, set: { learningRate: 2e-5 }, source: "recipe of full fine-tuning" },
    ...SCRATCH_RATES,
  ],
  startsFrom: "dense",
  promises: { startsAtBase: null, finishKeeps: 0, gradients: "exact" },
  supports: () => ({ ok: true }),
  async setup({ model }, config) {
    const maps = denseMaps(blockSites(model));
    const dense = countOf(model.params());
    const { pattern, sparsity, recoverShare, learningRate } = config;
    let deployed = dense;
    let positionBytes = 0;
    for (const { site, map } of maps) {
      const { inFeatures: fanIn, outFeatures: fanOut } = map;
      const values = await map.weight.read();
      const { n, m } = nm(pattern);
      const free = pattern === "unstructured";
      const mask = free ? magnitudeMask(values, sparsity) : groupMask(values, fanIn, fanOut, n, m);
      site.module = new SparseLinear(
        site.path,
        map,
        values,
        mask,
        free ? "bitmap" : { bitsPerKept: Math.ceil(Math.log2(m)) },
      );
      const stored = storage(config, fanIn, fanOut);
      deployed += stored.kept - fanIn * fanOut;
      positionBytes += stored.positionBytes;
    }
    return {
      stages: [recoverStage(model, recoverShare, learningRate)],
      declared: {
        // The optimizer keeps a dense state: masked weights are trained numbers whose gradient is 0.
        ...recoverCosts(recoverShare, dense),
        deployedParameters: deployed,
        deployedBytes: FLOAT_BYTES * deployed + positionBytes,
      },
    };
  },
});
