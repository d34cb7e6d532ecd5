// LAMA (Mehta, Rangwala, Ramakrishnan 2019; card 01): the states of a recurrent network are pooled by m attention heads that share one
// context vector, each head a rank-1 bilinear form; the m sums side by side go to the classifier. Everything trains together.
// Reconstruction: no official code, tables not seen; the L2 norm before the softmax is an option, off as in the code that
// could be read. Scaled down: part of AG News, texts of 64 words, a GRU of 64 units a direction. Not reproduced: Yelp.
import { z } from "zod";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { adamStateBytes, countOf, FLOAT_BYTES } from "#harness/method/costs.ts";
import { learningRate } from "#harness/method/fields.ts";
import { refuseConfig } from "#harness/method/refuse.ts";
import { type Stream, xavierUniform } from "#harness/nn/init.ts";
import type { Model } from "#harness/nn/model.ts";
import type { PoolingModule } from "#harness/nn/module.ts";
import {
  matMul,
  mean,
  mul,
  scalar,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
} from "#harness/nn/ops.ts";
import { MeanPooling } from "#harness/nn/sequence-pool.ts";
import type { PoolingSite } from "#harness/nn/site.ts";
import { classifierSize, makeClassifier } from "./classifier.ts";
import { LamaPooling } from "./lama-pooling.ts";
import { EncoderLayer, LastState, MaxPooling, StructuredAttention } from "./other-poolings.ts";

const config = z.strictObject({
  pooling: z
    .enum(["lama", "last", "mean", "max", "structured", "encoder"])
    .default("lama")
    .describe(
      "what pools the states; lama, or one that the paper compares itself with: last, mean or largest state, structured self-attention, a transformer layer",
    ),
  heads: z
    .int()
    .min(1)
    .default(8)
    .describe("m, attention heads of lama, structured and encoder; card 1, 4, 8 or 16"),
  context: z
    .enum(["free", "mean"])
    .default("free")
    .describe(
      "context vector c: one for all texts (paper), or the mean state of each text (+ctx, unconfirmed)",
    ),
  l2norm: z
    .enum(["none", "words", "heads"])
    .default("none")
    .describe(
      "axis of the scores' L2 norm (paper, equation 3.13; axis unconfirmed); none as in the code read",
    ),
  activation: z
    .enum(["tanh", "none"])
    .default("tanh")
    .describe(
      "of the scores before the softmax; tanh in the code read, which bounds a head's preference by e^2",
    ),
  diversity: z
    .number()
    .min(0)
    .default(0)
    .describe("weight of ||A A^T - I||^2 in the loss (Lin et al. 2017); 0, not confirmed for LAMA"),
  inner: z
    .int()
    .min(1)
    .default(128)
    .describe("d_a, inner width of structured; card: of the order of the states'"),
  hidden: z
    .int()
    .min(0)
    .default(0)
    .describe(
      "units of a hidden layer in the classifier, 0 for none; evens out classifiers of unequal inputs",
    ),
  learningRate: learningRate(2e-3, "as full fine-tuning of the same model; card 1e-3"),
});
type Config = z.infer<typeof config>;

/** Numbers of a pooling over states of width u (card, "What counts"). */
export function poolingSize({ pooling, heads, context, inner }: Config, u: number, folded: boolean): number {
  if (pooling === "lama")
    return folded && context === "free" ? u * heads : 2 * u * heads + (context === "free" ? u : 0);
  if (pooling === "structured") return inner * (u + heads);
  // Attention 4 u^2 + 4 u, two norms, a feed-forward net of width 2 u.
  return pooling === "encoder" ? 4 * u * u + 4 * u + 4 * u + (4 * u * u + 3 * u) : 0;
}

function makePooling(
  path: string,
  u: number,
  settings: Config,
  random: (name: string) => Stream,
): PoolingModule {
  const { pooling, heads, inner } = settings;
  switch (pooling) {
    case "lama":
      return new LamaPooling(path, u, settings, {
        p: xavierUniform(u, heads, random("p")),
        q: xavierUniform(u, heads, random("q")),
        c: settings.context === "free" ? xavierUniform(1, u, random("c")) : null,
      });
    case "structured":
      return new StructuredAttention(path, u, inner, heads, random("structured"));
    case "encoder":
      return new EncoderLayer(path, u, heads, random("encoder"));
    case "last":
      return new LastState(u);
    case "max":
      return new MaxPooling(u);
    case "mean":
      return new MeanPooling(u);
  }
}

/** ||A A^T - I||^2 of the weights [B, heads, T], mean over texts (Lin et al. 2017, equation 8). */
export function diversityPenalty(weights: Tensor): Tensor {
  const heads = weights.shape[1] ?? 0;
  const identity = Float32Array.from({ length: heads * heads }, (_, i) => (i % (heads + 1) === 0 ? 1 : 0));
  const gap = sub(matMul(weights, transpose(weights, [0, 2, 1])), tensor(identity, [1, heads, heads]));
  return mean(sum(square(gap), [1, 2]));
}

function poolingSite(model: Model): PoolingSite {
  const site = model.sites.find((found) => found.kind === "pooling");
  if (site === undefined) throw new Error("lama: the model has no pooling");
  return site;
}

/** Numbers of the model's parts that the method leaves as they are. */
const partsOf = (model: Model) => {
  const of = (wanted: (kind: string, role: string) => boolean) =>
    countOf(
      model.sites.flatMap((site) =>
        wanted(site.kind, site.kind === "linear" ? site.role : "") ? site.module.params() : [],
      ),
    );
  return {
    embedding: of((kind) => kind === "embedding"),
    gru: of((kind, role) => kind === "linear" && role !== "head"),
  };
};

export const method: Method<Config> = defineMethod({
  id: "lama",
  title: "LAMA",
  kind: "architecture",
  paper: {
    title: "Low Rank Factorization for Compact Multi-Head Self-Attention",
    authors: "Mehta, Rangwala, Ramakrishnan",
    year: 2019,
    venue: "arXiv",
    url: "https://arxiv.org/abs/1912.00835",
  },
  fidelity: "reconstruction",
  summary:
    "Pools a recurrent network's states by attention heads of rank 1 that share one learned context, all trained from the start.",
  families: ["text"],
  config,
  presets: [],
  startsFrom: "pretrained",
  promises: { startsAtBase: null, finishKeeps: 1e-5, gradients: "exact", toy: { heads: "4" } },
  supports: ({ backbone }) =>
    backbone === "bigru"
      ? { ok: true }
      : { ok: false, reason: `LAMA pools the states of a recurrent network, and ${backbone} has none` },
  check(_, { pooling, diversity }) {
    if (diversity === 0 || pooling === "lama") return;
    throw refuseConfig({
      method: "lama",
      problem: "only the heads of lama have weights that the penalty keeps apart",
      field: "diversity",
      value: diversity,
      wanted: `0 for pooling ${pooling}`,
    });
  },
  async setup({ model, random, note }, settings) {
    const { pooling, heads, hidden, diversity, learningRate } = settings;
    const site = poolingSite(model);
    const { head } = model;
    const u = site.module.width;
    const classes = head.module.outFeatures;
    if (pooling === "encoder" && u % heads !== 0)
      throw refuseConfig({
        method: "lama",
        problem: `heads of a transformer layer share its width of ${u} evenly`,
        field: "heads",
        value: heads,
        wanted: `a divisor of ${u}`,
      });
    const parts = partsOf(model);
    for (const param of [...site.module.params(), ...head.module.params()]) param.dispose();
    site.module = makePooling(site.path, u, settings, (name) => random("lama", name));
    head.module = makeClassifier(head.path, site.module.outFeatures, hidden, classes, random("lama", "head"));
    for (const param of model.params()) param.trainable = true;
    const classifier = classifierSize(site.module.outFeatures, hidden, classes);
    const [trained, deployed] = [false, true].map((folded) => poolingSize(settings, u, folded)) as [
      number,
      number,
    ];
    const rest = parts.embedding + parts.gru + classifier;
    note(
      `numbers: ${pooling} ${trained}, classifier ${classifier}, recurrent maps ${parts.gru}, embedding ${parts.embedding}`,
    );
    const stage = { name: "train", learningRate, budgetShare: 1 };
    const { module } = site;
    return {
      stages: [
        diversity > 0 && module instanceof LamaPooling
          ? {
              ...stage,
              extraLoss: () => {
                if (module.trained === null) throw new Error("lama: the pass before the loss has no weights");
                return mul(diversityPenalty(module.trained), scalar(diversity));
              },
            }
          : stage,
      ],
      async finish() {
        if (module instanceof LamaPooling) await module.fold();
      },
      declared: {
        trainable: rest + trained,
        optimizerStateBytes: adamStateBytes(rest + trained),
        deployedParameters: rest + deployed,
        deployedBytes: FLOAT_BYTES * (rest + deployed),
      },
    };
  },
});
