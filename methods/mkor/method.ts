// MKOR (Mozaffari et al. 2023; card 46): gradients of dense maps are preconditioned by inverse Kronecker factors that follow the
// batch means by rank-one updates, resized, and given to momentum SGD or Adam. Scaled down: factors in float32, not float16.
// Not reproduced: MKOR-H, whose rule for switching off no source gives; distributed factors; LAMB behind.
import { z } from "zod";
import type { ParamGroup } from "#harness/method/contract.ts";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { countOf, denseDeployment, denseMaps, FLOAT_BYTES } from "#harness/method/costs.ts";
import { learningRate } from "#harness/method/fields.ts";
import type { LinearSite } from "#harness/nn/site.ts";
import { adamw } from "#harness/optim/adam.ts";
import { factorNumbers, MKOR_FORMS, mkor } from "#harness/optim/mkor.ts";
import { sgd } from "#harness/optim/sgd.ts";

const config = z.strictObject({
  form: z
    .enum(MKOR_FORMS)
    .default("code")
    .describe(
      "how factors follow the means: code (package), ema (exact inverse of a running mean), printed (algorithm 1 as printed: it amplifies what it should damp, kept for comparison)",
    ),
  refreshEvery: z.int().min(1).default(10).describe("steps between two refreshes of the factors; package 10"),
  warmupSteps: z
    .int()
    .min(0)
    .default(10)
    .describe("steps at the start that refresh every time; package's README 10"),
  decay: z.number().gt(0).lt(1).default(0.95).describe("share of the old factor; package 0.95"),
  threshold: z
    .number()
    .positive()
    .default(2)
    .describe("largest entry of a factor before both are blended with the identity; package 2"),
  backend: z
    .enum(["sgd", "adam"])
    .default("sgd")
    .describe("first-order rule behind: SGD with momentum (package), or AdamW"),
  momentum: z.number().min(0).lt(1).default(0.9).describe("of SGD behind; card 0.9"),
  learningRate: learningRate(0.05, "that of the rule behind; card 0.03 to 0.1 for SGD"),
});
type Config = z.infer<typeof config>;

/** Maps with fewer outputs than this are left to the rule behind when they are the task's head (card: classifier). */
const LEAST_HEAD = 4;
/** Share of the identity in a blend, and limit on the means' entries: fixed in the package. */
const [BLEND, CLIP] = [0.1, 100];

const takesPart = ({ role, module }: LinearSite, vocabulary: boolean): boolean =>
  role !== "head" || (!vocabulary && module.outFeatures >= LEAST_HEAD);

export const method: Method<Config> = defineMethod({
  id: "mkor",
  title: "MKOR",
  kind: "optimizer",
  paper: {
    title: "MKOR: Momentum-Enabled Kronecker-Factor-Based Optimizer Using Rank-1 Updates",
    authors: "Mozaffari, Li, Zhang, Mehri Dehnavi",
    year: 2023,
    venue: "NeurIPS 2023",
    url: "https://arxiv.org/abs/2306.01685",
  },
  fidelity: "official code",
  summary:
    "Trains all weights by gradients preconditioned with two inverse Kronecker factors a map, kept by rank-one updates.",
  families: ["glue", "text", "image"],
  config,
  presets: [],
  startsFrom: "pretrained",
  promises: {
    startsAtBase: 0,
    finishKeeps: 0,
    gradients: "exact",
    toy: { refreshEvery: "3", warmupSteps: "2" },
  },
  supports: () => ({ ok: true }),
  async setup({ model, task }, { form, refreshEvery, warmupSteps, decay, threshold, backend, ...rest }) {
    for (const param of model.params()) param.trainable = true;
    const inner = backend === "sgd" ? sgd({ momentum: rest.momentum }) : adamw();
    const sites = model.sites.filter(
      (site): site is LinearSite => site.kind === "linear" && takesPart(site, task.family === "lm"),
    );
    const maps = denseMaps(sites);
    const groups = maps.flatMap(({ site, map }): ParamGroup[] => {
      const { weight, bias } = map;
      const pair = mkor(
        { weight, bias, windows: site.role === "conv" },
        { form, refreshEvery, warmupSteps, decay, threshold, blend: BLEND, clip: CLIP, inner },
      );
      const own: ParamGroup = { name: site.path, params: [weight], optimizer: pair.weight };
      return bias === null
        ? [own]
        : [own, { name: `${site.path} bias`, params: [bias], optimizer: pair.bias }];
    });
    const trained = countOf(model.params());
    const factors = maps.reduce(
      (sum, { map: { inFeatures, outFeatures, bias } }) =>
        sum + factorNumbers(inFeatures, outFeatures, bias !== null),
      0,
    );
    const slots = backend === "adam" ? 2 : rest.momentum === 0 ? 0 : 1;
    return {
      stages: [{ name: "train", learningRate: rest.learningRate, budgetShare: 1, optimizer: inner, groups }],
      declared: {
        ...denseDeployment(model, trained),
        optimizerStateBytes: FLOAT_BYTES * (factors + slots * trained),
      },
    };
  },
});
