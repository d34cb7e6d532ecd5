// LoRA-SB (Ponkshe et al. 2024; card 18): only an r x r core trains, between orthonormal frames from the SVD of the first
// step that full fine-tuning would take, estimated by the sign of a gradient sum over a few samples. Scale 1, no alpha.
// Scaled down: 64 samples (card; the paper's 2 are noise with a fresh head), per-example and without dropout.
import { z } from "zod";
import { diagonal, matrixFrom, toFloat32, transpose } from "#harness/linalg/matrix.ts";
import { truncatedSvd } from "#harness/linalg/truncated-svd.ts";
import { adapterRun, headGroup } from "#harness/method/adapter.ts";
import { type Calibration, defineMethod, type Method } from "#harness/method/contract.ts";
import { headLearningRate, learningRate, rank, targets, WITH_BLOCKS } from "#harness/method/fields.ts";
import { checkTargets, denseMap, targetSites } from "#harness/method/rewrite.ts";
import { CoreLinear, type CoreValues } from "#harness/nn/core-linear.ts";
import type { Linear } from "#harness/nn/linear.ts";

const config = z.strictObject({
  rank: rank(24, "official GLUE script 24; card also 8 and 16"),
  examples: z
    .int()
    .min(1)
    .default(64)
    .describe("training examples of the gradient estimate; card 64, official 2"),
  warmupSteps: z
    .int()
    .min(1)
    .default(44)
    .describe(
      "steps of warm-up by which the rate of the first step is divided; 44 is 10 % of the small preset's 438",
    ),
  start: z
    .enum(["update", "zero"])
    .default("update")
    .describe("core's start: the estimated step (paper) or 0, the basis alone (ablation)"),
  targets: targets(["query", "value", "attention-output", "ffn-out"], "official code for RoBERTa"),
  learningRate: learningRate(2e-3, "of the core; card 1e-3 to 5e-3"),
  headLearningRate: headLearningRate(1e-3, "card 1e-3"),
});
type Config = z.infer<typeof config>;

/** Sums over examples of the gradient of each kernel, [in * out]. */
async function gradientSums(
  calibration: Calibration,
  maps: readonly Linear[],
  examples: number,
): Promise<ReadonlyMap<Linear, Float64Array>> {
  const sums = new Map(maps.map((map) => [map, new Float64Array(map.weight.size)]));
  await calibration.perExampleGradients(
    maps.map((map) => map.weight),
    examples,
    (gradients) => {
      for (const [map, sum] of sums)
        gradients.get(map.weight)?.forEach((g, i) => {
          sum[i] = (sum[i] as number) + g;
        });
    },
  );
  return sums;
}

/** The first AdamW step of full fine-tuning at rate `eta`: -eta sign(G), [in * out]. */
export const firstStep = (gradient: Float64Array, eta: number): Float64Array =>
  gradient.map((g) => (g === 0 ? 0 : -eta * Math.sign(g)));

/** Best rank-r copy of an update D [in, out]: orthonormal frames and the diagonal core diag(S). */
export function updateFrames(update: Float64Array, fanIn: number, fanOut: number, rank: number): CoreValues {
  const { u, s, v, rank: kept } = truncatedSvd(matrixFrom(fanIn, fanOut, update), rank, { mode: "exact" });
  return { rank: kept, a: toFloat32(u), b: toFloat32(transpose(v)), core: toFloat32(diagonal(s)) };
}

export const method: Method<Config> = defineMethod({
  id: "lora-sb",
  title: "LoRA-SB",
  kind: "adapter",
  paper: {
    title:
      "Initialization using Update Approximation is a Silver Bullet for Extremely Efficient Low-Rank Fine-Tuning",
    authors: "Ponkshe, Singhal, Gorbunov, Tumanov, Horvath, Vepakomma",
    year: 2024,
    venue: "arXiv",
    url: "https://arxiv.org/abs/2411.19557",
  },
  fidelity: "official code",
  summary:
    "Trains an r x r core between frozen frames taken from the SVD of the estimated first full fine-tuning step.",
  families: WITH_BLOCKS,
  config,
  presets: [],
  startsFrom: "pretrained",
  promises: { startsAtBase: null, finishKeeps: 1e-5, gradients: "exact", toy: { rank: "3" } },
  supports: () => ({ ok: true }),
  check: (places, { targets }) => checkTargets(places, targets, "lora-sb"),
  async setup({ model, calibration }, config) {
    const { rank, examples, learningRate, warmupSteps } = config;
    const sites = targetSites(model, config.targets, "lora-sb");
    const sums = await gradientSums(calibration, sites.map(denseMap), examples);
    return adapterRun({
      model,
      sites,
      count: (m, n) => Math.min(rank, m, n) ** 2,
      wrap(site, map) {
        const update = firstStep(
          sums.get(map) ?? new Float64Array(map.weight.size),
          learningRate / warmupSteps,
        );
        const values = updateFrames(update, map.inFeatures, map.outFeatures, rank);
        const core = config.start === "zero" ? new Float32Array(values.core.length) : values.core;
        return new CoreLinear(site.path, map, { ...values, core });
      },
      stage: { learningRate, groups: [headGroup(model, config.headLearningRate / learningRate)] },
    });
  },
});
