// EVA (Paischer et al., NeurIPS 2025; card 54): LoRA whose A holds the leading principal components of each map's inputs,
// with ranks handed out over all maps by explained variance. B = 0, so that training starts at the base model.
// Scaled down: at most 64 calibration sentences in batches of 16. Not reproduced: hashing of equal inputs (equal inputs
// give equal components here anyway), the image code's whitening by the ratio.
import { z } from "zod";
import { adapterRun } from "#harness/method/adapter.ts";
import { type Calibration, defineMethod, type Method } from "#harness/method/contract.ts";
import { BLOCK_ROLES, learningRate, rank, targets, WITH_BLOCKS } from "#harness/method/fields.ts";
import { type Components, incrementalPca } from "#harness/method/incremental-pca.ts";
import { allocateRanks } from "#harness/method/rank-allocation.ts";
import { checkTargets, targetSites } from "#harness/method/rewrite.ts";
import { zeros } from "#harness/nn/init.ts";
import { LoraLinear } from "#harness/nn/lora-linear.ts";
import type { LinearSite } from "#harness/nn/site.ts";

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

interface Tracked {
  readonly site: LinearSite;
  readonly pca: ReturnType<typeof incrementalPca>;
  pending: number[];
  settled: Uint8Array;
}

/** Marks the components whose direction moved less than tau's angle with this batch. */
function addBatch(tracked: Tracked, tau: number): void {
  const before = tracked.pca.components();
  if (!tracked.pca.add(tracked.pending)) return;
  tracked.pending = [];
  const after = tracked.pca.components();
  if (before === undefined || after === undefined) return;
  tracked.settled = Uint8Array.from({ length: after.rows.rows }, (_, k) => {
    let cosine = 0;
    for (let j = 0; j < after.rows.cols; j++) {
      const at = k * after.rows.cols + j;
      cosine += (after.rows.data[at] as number) * (before.rows.data[at] as number);
    }
    return cosine >= tau ? 1 : 0;
  });
}

const ratiosOf = (tracked: readonly Tracked[]) =>
  tracked.map(({ pca }) => pca.components()?.ratios ?? new Float64Array());

/** Reads calibration batches until the components that each map needs have settled, or the examples run out. */
async function track(
  calibration: Calibration,
  sites: readonly LinearSite[],
  config: Config,
  note: (text: string) => void,
): Promise<Tracked[]> {
  const count = (site: LinearSite) =>
    Math.min(Math.round(config.rank * config.rho), site.module.inFeatures, site.module.outFeatures);
  const tracked = sites.map(
    (site): Tracked => ({
      site,
      pca: incrementalPca(site.module.inFeatures, count(site)),
      pending: [],
      settled: new Uint8Array(),
    }),
  );
  const byPath = new Map(tracked.map((one) => [one.site.path, one]));
  const last = sites.at(-1)?.path;
  let [seen, done] = [0, false];
  await calibration.activations(
    sites.map(({ path }) => path),
    config.examples,
    (path, input) => {
      if (done) return;
      const own = byPath.get(path);
      if (own === undefined) throw new Error(`activations of ${path} were not asked for`);
      for (const x of input) own.pending.push(x);
      if (path !== last || ++seen % config.batch !== 0) return;
      for (const one of tracked) addBatch(one, config.tau);
      const ranks = allocateRanks(ratiosOf(tracked), config.rank * sites.length);
      done = tracked.every(
        ({ settled }, i) => settled.length > 0 && settled.subarray(0, ranks[i]).every((flag) => flag === 1),
      );
    },
  );
  // What the last batch was too small for.
  if (!done) for (const one of tracked) if (one.pending.length > 0) addBatch(one, config.tau);
  note(`components ${done ? "settled" : "had not all settled"} after ${seen} examples`);
  return tracked;
}

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
    {
      when: { backbone: "use-lite" },
      set: { learningRate: 2e-3 },
      source: "the LoRA setting measured on use-lite",
    },
  ],
  startsFrom: "pretrained",
  supports: () => ({ ok: true }),
  check: (places, { targets }) => checkTargets(places, targets, "eva"),
  async setup({ model, calibration, note }, config) {
    const tracked = await track(calibration, targetSites(model, config.targets, "eva"), config, note);
    const budget = config.rank * tracked.length;
    const ranks =
      config.rho === 1
        ? tracked.map(({ pca }) => pca.components()?.rows.rows ?? 0)
        : allocateRanks(ratiosOf(tracked), budget);
    note(`ranks: ${tracked.map(({ site }, i) => `${site.path} ${ranks[i] ?? 0}`).join(", ")}`);
    const rankOf = new Map(tracked.map(({ site }, i) => [site, ranks[i] ?? 0]));
    // A map that gets no rank keeps its dense module.
    const sites = tracked.filter(({ site }) => (rankOf.get(site) ?? 0) > 0);
    const kept = sites.map(({ site }) => rankOf.get(site) ?? 0);
    return adapterRun({
      model,
      sites: sites.map(({ site }) => site),
      count: (fanIn, fanOut, index) => (kept[index] ?? 0) * (fanIn + fanOut),
      wrap(site, map, index) {
        const rank = kept[index] ?? 0;
        const components = sites[index]?.pca.components();
        if (components === undefined) throw new Error(`eva: no components at ${site.path}`);
        const a = startOf(components, rank, config.whiten);
        // peft's rule: alpha is multiplied by a map's rank over the mean, so that the scale is 1 everywhere.
        return new LoraLinear(site.path, map, { rank, scale: 1, a, b: zeros(rank * map.outFeatures) });
      },
      stage: { learningRate: config.learningRate },
    });
  },
});
