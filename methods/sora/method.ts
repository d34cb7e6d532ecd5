// SoRA (Ding et al., EMNLP 2023; card 43): LoRA with a gate on each direction, closed by a proximal step for an L1 penalty,
// so that every map finds its own rank. Closed directions are cut and the rest is merged.
// Scaled down: threshold for few steps. Not reproduced: the sparsifying scheduler and its memorisation curve.
import { z } from "zod";
import { adapterRun } from "#harness/method/adapter.ts";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import {
  BLOCK_ROLES,
  branchDropout,
  learningRate,
  rank,
  targets,
  WITH_BLOCKS,
} from "#harness/method/fields.ts";
import { checkTargets, targetSites } from "#harness/method/rewrite.ts";
import { normal } from "#harness/nn/init.ts";
import { branchStart } from "#harness/nn/lora-linear.ts";
import { abs, addN, mul, scalar, sum } from "#harness/nn/ops.ts";
import { adam } from "#harness/optim/adam.ts";
import { thresholded } from "#harness/optim/soft-threshold.ts";
import { SoraLinear } from "./sora-linear.ts";

const config = z.strictObject({
  rank: rank(8, "r_max, before gates close; official 8"),
  alpha: z
    .number()
    .positive()
    .default(16)
    .describe("numerator of the branch's scale alpha / rank; official 16"),
  dropout: branchDropout(0, "official 0"),
  sparsity: z
    .number()
    .min(0)
    .default(10)
    .describe("lambda, weight of the mean |gate| in the loss; official 10 (STS-B script)"),
  threshold: z
    .number()
    .min(0)
    .default(2e-3)
    .describe(
      "xi, shrinkage of each gate a step; official 3e-4 over many steps, here for 438 steps a total of 0.9 (card 0.5 to 4)",
    ),
  codeThreshold: z
    .boolean()
    .default(false)
    .describe("the released operator, which also removes gates between xi and 2 xi"),
  targets: targets([...BLOCK_ROLES], "official: all maps of a block"),
  learningRate: learningRate(8e-4, "official 8e-4"),
});
type Config = z.infer<typeof config>;

export const method: Method<Config> = defineMethod({
  id: "sora",
  title: "SoRA",
  kind: "adapter",
  paper: {
    title: "Sparse Low-rank Adaptation of Pre-trained Language Models",
    authors: "Ding, Lv, Wang, Chen, Zhou, Liu, Sun",
    year: 2023,
    venue: "EMNLP 2023",
    url: "https://arxiv.org/abs/2311.11696",
  },
  fidelity: "official code",
  summary:
    "LoRA whose directions carry gates that a soft threshold closes during training, so that each map finds its rank.",
  families: WITH_BLOCKS,
  config,
  presets: [],
  startsFrom: "pretrained",
  promises: { startsAtBase: 0, finishKeeps: 1e-5, gradients: "exact", toy: { rank: "2" } },
  supports: () => ({ ok: true }),
  check: (places, { targets }) => checkTargets(places, targets, "sora"),
  async setup({ model, random, note }, config) {
    const { rank, alpha, dropout } = config;
    const modules: SoraLinear[] = [];
    const run = await adapterRun({
      model,
      sites: targetSites(model, config.targets, "sora"),
      count: (fanIn, fanOut) => rank * (fanIn + fanOut) + rank,
      wrap(site, map) {
        const start = branchStart(map, rank, random("sora", site.path));
        const gate = normal(rank, 1, random("sora", site.path, "gate"));
        const module = new SoraLinear(site.path, map, { rank, scale: alpha / rank, dropout, ...start }, gate);
        modules.push(module);
        return module;
      },
      stage: { learningRate: config.learningRate },
    });
    const gates = modules.map((module) => module.gate);
    const threshold = { threshold: config.threshold, released: config.codeThreshold };
    const group = { name: "gates", params: gates, optimizer: thresholded(adam(), threshold), weightDecay: 0 };
    const factor = config.sparsity / (gates.length * rank);
    let counted = false;
    return {
      ...run,
      stages: run.stages.map((stage) => ({
        ...stage,
        groups: [group],
        extraLoss: () => mul(addN(gates.map((gate) => sum(abs(gate.variable)))), scalar(factor)),
      })),
      async finish() {
        if (!counted) {
          counted = true;
          const open = await Promise.all(
            gates.map(async (gate) => (await gate.read()).filter((g) => g !== 0).length),
          );
          const used = modules.reduce(
            (total, { inFeatures, outFeatures }, i) => total + (open[i] ?? 0) * (inFeatures + outFeatures),
            0,
          );
          note(
            `open directions a map, of ${rank}: ${open.join(" ")}; ${used} adapter numbers before the merge`,
          );
        }
        await run.finish?.();
      },
    };
  },
});
