// SLTrain (Han et al., NeurIPS 2024; card 05): every map in a block is a low-rank product plus a sparse matrix on a fixed
// random support, trained from scratch. Embedding, pooler, norms and head stay dense and are trained.
// Scaled down: rank d/4. Not reproduced: 8-bit Adam, per-layer updates, the custom backward pass that keeps no dense W.
import { z } from "zod";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { adamStateBytes, countOf, denseMaps, FLOAT_BYTES } from "#harness/method/costs.ts";
import { learningRate, WITH_MAPS } from "#harness/method/fields.ts";
import { blockSites } from "#harness/method/rewrite.ts";
import type { Stream } from "#harness/nn/init.ts";
import { kaimingUniform, zeros } from "#harness/nn/init.ts";
import { mergeSites } from "#harness/nn/mergeable.ts";
import { SltrainLinear } from "./sltrain-linear.ts";

const config = z.strictObject({
  ratio: z
    .number()
    .positive()
    .max(1)
    .default(0.25)
    .describe("rank as a share of a map's short side; paper's 60M and 130M models 1/4 and 1/3"),
  density: z
    .number()
    .min(0)
    .lt(1)
    .default(0.03)
    .describe("delta, share of a kernel's positions in the sparse part; paper 0.03"),
  scale: z
    .number()
    .positive()
    .default(0.25)
    .describe("alpha / r, factor of the product; official 60M script 32 / 128"),
  deploy: z
    .enum(["factored", "merged"])
    .default("factored")
    .describe("what is deployed: factors and sparse values (smaller) or dense weights (faster)"),
  learningRate: learningRate(3e-3, "official scripts 3e-3"),
});
type Config = z.infer<typeof config>;

/** Rank of a map and size of its support. */
export const sizes = ({ ratio, density }: Pick<Config, "ratio" | "density">, m: number, n: number) => ({
  rank: Math.max(1, Math.floor(ratio * Math.min(m, n))),
  support: Math.floor(density * m * n),
});

/** The first `count` of a random permutation of the positions, ascending. */
export const drawSupport = (positions: number, count: number, random: Stream): Int32Array =>
  random.permutation(positions).slice(0, count).sort();

export const method: Method<Config> = defineMethod({
  id: "sltrain",
  title: "SLTrain",
  kind: "parametrisation",
  paper: {
    title: "SLTrain: a sparse plus low-rank approach for parameter and memory efficient pretraining",
    authors: "Han, Li, Huang, Hong, Takeda, Jawanpuria, Mishra",
    year: 2024,
    venue: "NeurIPS 2024",
    url: "https://arxiv.org/abs/2406.02214",
  },
  fidelity: "official code",
  summary:
    "Trains every map of a block as a low-rank product plus a sparse matrix with a fixed random support.",
  families: WITH_MAPS,
  config,
  presets: [],
  startsFrom: "pretrained",
  promises: { startsAtBase: null, finishKeeps: 1e-5, gradients: "exact" },
  supports: () => ({ ok: true }),
  async setup({ model, random, note }, config) {
    const maps = denseMaps(blockSites(model));
    const dense = countOf(model.params());
    let trained = dense;
    let indexBytes = 0;
    for (const { site, map } of maps) {
      const { inFeatures: m, outFeatures: n } = map;
      const { rank, support } = sizes(config, m, n);
      trained += rank * (m + n) + support - m * n;
      indexBytes += Math.ceil((support * Math.ceil(Math.log2(m * n))) / 8);
      // A and the sparse values start as an ordinary layer's weights, B at zero: the first W is the sparse part alone.
      site.module = new SltrainLinear(site.path, map, {
        rank,
        scale: config.scale,
        a: kaimingUniform(m * rank, m, Math.sqrt(5), random("sltrain", site.path, "a")),
        b: zeros(rank * n),
        values: kaimingUniform(support, m, Math.sqrt(5), random("sltrain", site.path, "values")),
        support: drawSupport(m * n, support, random("sltrain", site.path, "support")),
      });
    }
    for (const param of model.params()) param.trainable = true;
    note("maps in blocks are trained from scratch: the backbone's own weights there are not used");
    const merged = config.deploy === "merged";
    return {
      stages: [{ name: "train", learningRate: config.learningRate, budgetShare: 1 }],
      ...(merged ? { finish: () => mergeSites(model.sites) } : {}),
      declared: {
        trainable: trained,
        optimizerStateBytes: adamStateBytes(trained),
        deployedParameters: merged ? dense : trained,
        deployedBytes: merged ? FLOAT_BYTES * dense : FLOAT_BYTES * trained + indexBytes,
      },
    };
  },
});
