// EVA (Paischer et al., NeurIPS 2025; card 54): LoRA whose A holds the leading principal components of each map's inputs,
// with ranks handed out over all maps by explained variance. B = 0, so that training starts at the base model.
// Scaled down: at most 64 calibration sentences in batches of 16. Not reproduced: the image code's whitening by the
// ratio, EVA on DoRA.
import { z } from "zod";
import { adapterRun } from "#harness/method/adapter.ts";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { BLOCK_ROLES, learningRate, rank, targets, WITH_BLOCKS } from "#harness/method/fields.ts";
import type { Components } from "#harness/method/incremental-pca.ts";
import { allocateRanks } from "#harness/method/rank-allocation.ts";
import { checkTargets, targetSites } from "#harness/method/rewrite.ts";
import { zeros } from "#harness/nn/init.ts";
import { LoraLinear } from "#harness/nn/lora-linear.ts";
import { trackInputs } from "./track.ts";

const config = z.strictObject({
  rank: rank(8, "mean over maps; card 4 to 8 at this size"),
  rho: z
    .number()
    .min(1)
    .default(2)
    .describe("a map's rank may grow to rho times the mean; 1 for no redistribution; peft 2"),
  tau: z
    .number()
    .min(0)
    .max(1)
    .default(0.99)
    .describe("cosine from which a component counts as settled; peft 0.99"),
  examples: z
    .int()
    .min(1)
    .default(64)
    .describe("most training examples read for the components; card at most 50 batches"),
  batch: z
    .int()
    .min(1)
    .default(16)
    .describe("examples a batch of the incremental decomposition; card 16 to 32"),
  whiten: z
    .boolean()
    .default(false)
    .describe("divide each row of A by the root of its singular value; peft default false"),
  targets: targets([...BLOCK_ROLES], "official: all linear maps"),
  learningRate: learningRate(1e-3, "card 5e-4 to 1e-3"),
});
type Config = z.infer<typeof config>;

/** A [in, r]: the first r components as columns, whitened where asked. */
export function startOf({ rows, singularValues }: Components, rank: number, whiten: boolean): Float32Array {
  const a = new Float32Array(rows.cols * rank);
  for (let k = 0; k < rank; k++) {
    const factor = whiten ? 1 / Math.sqrt(singularValues[k] as number) : 1;
    for (let i = 0; i < rows.cols; i++) a[i * rank + k] = factor * (rows.data[k * rows.cols + i] as number);
  }
  return a;
}

export const method: Method<Config> = defineMethod({
  id: "eva",
  title: "EVA",
  kind: "adapter",
  paper: {
    title: "Parameter Efficient Fine-tuning via Explained Variance Adaptation",
    authors: "Paischer, Hauzenberger, Schmied, Alkin, Deisenroth, Hochreiter",
    year: 2024,
    venue: "NeurIPS 2025",
    url: "https://arxiv.org/abs/2410.07170",
  },
  fidelity: "official code",
  summary:
    "LoRA that starts from the principal components of each map's inputs and shares ranks out by explained variance.",
  families: WITH_BLOCKS,
  config,
  presets: [
    { when: { scale: "smoke" }, set: { examples: 16, batch: 8 }, source: "seconds instead of minutes" },
    {
      when: { backbone: "use-lite" },
      set: { learningRate: 2e-3 },
      source: "the LoRA setting measured on use-lite",
    },
  ],
  startsFrom: "pretrained",
  promises: { startsAtBase: 0, finishKeeps: 1e-5, gradients: "exact", toy: { rank: "2" } },
  supports: () => ({ ok: true }),
  check: (places, { targets }) => checkTargets(places, targets, "eva"),
  async setup({ model, calibration, note }, config) {
    const targets = targetSites(model, config.targets, "eva");
    const { components, note: outcome } = await trackInputs(calibration, targets, config);
    note(outcome);
    const ratios = components.map((found) => found.ratios);
    const ranks =
      config.rho === 1
        ? ratios.map((own) => own.length)
        : allocateRanks(ratios, config.rank * targets.length);
    note(`ranks: ${targets.map(({ path }, i) => `${path} ${ranks[i] ?? 0}`).join(", ")}`);
    // A map that gets no rank keeps its dense module.
    const kept = targets.flatMap((site, i) => {
      const [own, rank] = [components[i], ranks[i] ?? 0];
      return own === undefined || rank === 0 ? [] : [{ site, own, rank }];
    });
    return adapterRun({
      model,
      sites: kept.map(({ site }) => site),
      count: (fanIn, fanOut, index) => (kept[index]?.rank ?? 0) * (fanIn + fanOut),
      wrap(site, map, index) {
        const given = kept[index];
        if (given === undefined) throw new Error(`eva: no components at ${site.path}`);
        const { own, rank } = given;
        const a = startOf(own, rank, config.whiten);
        // peft's rule: alpha is multiplied by a map's rank over the mean, so that the scale is 1 everywhere.
        return new LoraLinear(site.path, map, { rank, scale: 1, a, b: zeros(rank * map.outFeatures) });
      },
      stage: { learningRate: config.learningRate },
    });
  },
});
