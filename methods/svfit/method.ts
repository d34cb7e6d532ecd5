// SVFit (Sun et al. 2024; card 15): each adapted weight is written by its SVD; only the singular values train, as their
// change d, between frozen singular vectors. Merged for deployment. No official code was found; rank, targets and rates
// are ours (card: [choice]). The `relative`, `tail` and `random` variants of the card's ablation are fields.
import { z } from "zod";
import { columnSlice, matrixFrom, toFloat32, transpose } from "#harness/linalg/matrix.ts";
import { qr } from "#harness/linalg/qr.ts";
import { svd } from "#harness/linalg/svd.ts";
import { adapterRun, headGroup } from "#harness/method/adapter.ts";
import type { Stream } from "#harness/method/contract.ts";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { headLearningRate, learningRate, targets, WITH_BLOCKS } from "#harness/method/fields.ts";
import { checkTargets, targetSites } from "#harness/method/rewrite.ts";
import { CoreLinear, type CoreValues } from "#harness/nn/core-linear.ts";
import { normal } from "#harness/nn/init.ts";
import type { Linear } from "#harness/nn/linear.ts";

const config = z.strictObject({
  share: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .describe(
      "trained singular values, share of a map's short side; 1 fits the paper's 16 times fewer than LoRA",
    ),
  basis: z
    .enum(["top", "tail", "random"])
    .default("top")
    .describe("which directions: largest (paper), smallest, random orthonormal; card's ablation"),
  relative: z
    .boolean()
    .default(false)
    .describe("train z in sigma = S (1 + z) instead of sigma itself; card's ablation"),
  targets: targets(["query", "value"], "inferred by the card from the paper's parameter count"),
  learningRate: learningRate(3e-3, "card 1e-3 to 1e-2"),
  headLearningRate: headLearningRate(1e-3, "card 1e-3"),
});
type Config = z.infer<typeof config>;

/** Trained numbers of a map. */
export const rankOf = (share: number, m: number, n: number): number =>
  Math.max(1, Math.floor(share * Math.min(m, n)));

/** Frames U_r [in, r] and V_r^T [r, out] of a kernel, and the singular values between them. */
function frames(
  weight: Float32Array,
  map: Linear,
  rank: number,
  basis: Config["basis"],
  random: Stream,
): CoreValues {
  const [m, n] = [map.inFeatures, map.outFeatures];
  if (basis === "random") {
    const orthonormal = (rows: number) => qr(matrixFrom(rows, rank, normal(rows * rank, 1, random))).q;
    const [u, v] = [orthonormal(m), orthonormal(n)];
    return { rank, a: toFloat32(u), b: toFloat32(transpose(v)), core: new Float32Array(rank) };
  }
  const { u, s, v } = svd(matrixFrom(m, n, weight));
  const start = basis === "top" ? 0 : s.length - rank;
  const [a, b] = [columnSlice(u, start, start + rank), transpose(columnSlice(v, start, start + rank))];
  const values = { rank, a: toFloat32(a), b: toFloat32(b), core: new Float32Array(rank) };
  return { ...values, weights: Float32Array.from(s.subarray(start, start + rank)) };
}

export const method: Method<Config> = defineMethod({
  id: "svfit",
  title: "SVFit",
  kind: "adapter",
  paper: {
    title: "SVFit: Parameter-Efficient Fine-Tuning of Large Pre-Trained Models Using Singular Values",
    authors: "Sun et al.",
    year: 2024,
    venue: "arXiv",
    url: "https://arxiv.org/abs/2409.05926",
  },
  fidelity: "reconstruction",
  summary:
    "Trains only the leading singular values of each adapted weight, between its frozen singular vectors.",
  families: WITH_BLOCKS,
  config,
  presets: [],
  startsFrom: "pretrained",
  promises: { startsAtBase: 0, finishKeeps: 1e-5, gradients: "exact" },
  supports: () => ({ ok: true }),
  check: (places, { targets }) => checkTargets(places, targets, "svfit"),
  async setup({ model, random }, { share, basis, relative, targets, learningRate, headLearningRate }) {
    return adapterRun({
      model,
      sites: targetSites(model, targets, "svfit"),
      count: (m, n) => rankOf(share, m, n),
      async wrap(site, map) {
        const rank = rankOf(share, map.inFeatures, map.outFeatures);
        const { weights, ...values } = frames(
          await map.weight.read(),
          map,
          rank,
          basis,
          random("svfit", site.path),
        );
        return new CoreLinear(
          site.path,
          map,
          relative && weights !== undefined ? { ...values, weights } : values,
        );
      },
      stage: { learningRate, groups: [headGroup(model, headLearningRate / learningRate)] },
    });
  },
});
