// Block-LoRA (2025, arXiv 2501.16720; card 13): LoRA cut in n blocks that share one down-projection, on CLIP-LoRA's protocol.
// Reconstruction: the block form is rebuilt from the abstract. Since equal starts keep the blocks equal, it is LoRA of rank
// r / n whose up-projection learns n times as fast: the arm `equivalent` is that, for comparison.
import { z } from "zod";
import { adapterRun } from "#harness/method/adapter.ts";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { branchDropout, learningRate, rank, targets, WITH_BLOCKS } from "#harness/method/fields.ts";
import { refuseConfig } from "#harness/method/refuse.ts";
import { checkTargets, targetSites } from "#harness/method/rewrite.ts";
import { kaimingUniform, zeros } from "#harness/nn/init.ts";
import type { Linear } from "#harness/nn/linear.ts";
import { LoraLinear } from "#harness/nn/lora-linear.ts";
import type { Param } from "#harness/nn/param.ts";
import type { LinearSite } from "#harness/nn/site.ts";
import { adamw } from "#harness/optim/adam.ts";
import type { Optimizer } from "#harness/optim/optimizer.ts";
import { BlockLinear, ChunkLinear } from "./block-linear.ts";

const config = z.strictObject({
  rank: rank(4, "nominal rank r; the paper's is not known, card's choice of (2,2), (4,2), (4,4), (8,8)"),
  blocks: z
    .int()
    .min(1)
    .default(2)
    .describe("number n of blocks, which divides the rank; 1 is LoRA; card's choice"),
  variant: z
    .enum(["shared", "independent-dropout", "chunk", "equivalent"])
    .default("shared")
    .describe(
      "shared: the paper's blocks; independent-dropout: a mask a block; chunk: the input is cut; equivalent: LoRA of rank r / n, up-rate n; card 13",
    ),
  alpha: z
    .number()
    .positive()
    .default(1)
    .describe("numerator of the branch's scale alpha / sqrt(r), r nominal; CLIP-LoRA's code 1"),
  dropout: branchDropout(0.25, "CLIP-LoRA's code 0.25"),
  targets: targets(["query", "key", "value"], "CLIP-LoRA's protocol: query, key and value of both towers"),
  learningRate: learningRate(2e-4, "CLIP-LoRA's code 2e-4; Block-LoRA's own is not known"),
});
type Config = z.infer<typeof config>;

const ID = "block-lora";

function checkBlocks({ rank, blocks }: Config): void {
  if (rank % blocks !== 0)
    throw refuseConfig({
      method: ID,
      problem: "the blocks do not divide the rank",
      field: "blocks",
      value: blocks,
      wanted: `a divisor of the rank ${rank}`,
    });
}

/** AdamW with n times the rate and the n-th part of the decay: what the sum of n equal blocks does under AdamW. */
function quickened(n: number): Optimizer {
  const rule = adamw();
  return {
    ...rule,
    update: (input) =>
      rule.update({
        ...input,
        learningRate: n * input.learningRate,
        weightDecay: input.weightDecay / n,
      }),
  };
}

/** Trained numbers of a map: A is shared, so it counts once. */
export function countOfMap({ rank, blocks, variant }: Config, fanIn: number, fanOut: number): number {
  if (variant === "equivalent") return (rank / blocks) * (fanIn + fanOut);
  return (fanIn * rank) / blocks + rank * fanOut;
}

export const method: Method<Config> = defineMethod({
  id: ID,
  title: "Block-LoRA",
  kind: "adapter",
  paper: {
    title: "One Head Eight Arms: Block Matrix based Low Rank Adaptation for CLIP-based Few-Shot Learning",
    authors: "see arXiv 2501.16720",
    year: 2025,
    venue: "arXiv",
    url: "https://arxiv.org/abs/2501.16720",
  },
  fidelity: "reconstruction",
  summary:
    "LoRA whose blocks share one down-projection; equal to LoRA of the blocks' rank with a faster up-projection.",
  families: WITH_BLOCKS,
  config,
  presets: [
    {
      when: { family: "clip", backbone: "mini-clip" },
      set: { learningRate: 2e-3 },
      source: "as CLIP-LoRA on the same backbone",
    },
  ],
  startsFrom: "pretrained",
  promises: {
    startsAtBase: 0,
    finishKeeps: 1e-5,
    gradients: "exact",
    toy: { rank: "4", blocks: "2", dropout: "0", targets: "query,ffn-in", learningRate: "0.01" },
  },
  supports: () => ({ ok: true }),
  check(places, config) {
    checkTargets(places, config.targets, ID);
    checkBlocks(config);
  },
  async setup({ model, random }, config) {
    checkBlocks(config);
    const { rank, blocks, variant, alpha, dropout } = config;
    const scale = alpha / Math.sqrt(rank);
    const ups: Param[] = [];
    const wrap = (site: LinearSite, map: Linear) => {
      const { inFeatures, outFeatures } = map;
      if (variant === "chunk" && inFeatures % blocks !== 0)
        throw refuseConfig({
          method: ID,
          problem: `the blocks do not divide the input of ${site.path}`,
          field: "blocks",
          value: blocks,
          wanted: `a divisor of ${inFeatures}`,
        });
      const inner = variant === "chunk" ? rank : rank / blocks;
      const width = variant === "chunk" ? inFeatures / blocks : inFeatures;
      const a = kaimingUniform(width * inner, inFeatures, Math.sqrt(5), random("lora", site.path));
      if (variant === "chunk") return new ChunkLinear(site.path, map, { scale, dropout, a, inner, blocks });
      if (variant === "equivalent") {
        const module = new LoraLinear(site.path, map, {
          rank: inner,
          scale,
          dropout,
          a,
          b: zeros(inner * outFeatures),
        });
        ups.push(module.b);
        return module;
      }
      const masks = variant === "shared" ? "shared" : "independent";
      return new BlockLinear(site.path, map, { scale, dropout, masks, a, inner, blocks });
    };
    const made = await adapterRun({
      model,
      sites: targetSites(model, config.targets, ID),
      count: (fanIn, fanOut) => countOfMap(config, fanIn, fanOut),
      wrap,
      stage: { learningRate: config.learningRate },
    });
    if (variant !== "equivalent") return made;
    const group = { name: "up", params: ups, optimizer: quickened(blocks) };
    return { ...made, stages: made.stages.map((stage) => ({ ...stage, groups: [group] })) };
  },
});
