// FRUGAL (Zmushko et al., ICML 2025; card 52): AdamW with state on a random part of each map's inputs, sign descent on the
// rest, the part drawn anew every T steps. Embedding, pooler, norms, biases and head stay on AdamW.
// Scaled down: period and rates. Not reproduced: the block, single-entry and SVD choices of the part, Lion inside; the
// paper's GLUE runs freeze the embedding and give state to query and value only (`targets`).
import { z } from "zod";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { adamStateBytes, countOf, denseDeployment, denseMaps, FLOAT_BYTES } from "#harness/method/costs.ts";
import { BLOCK_ROLES, learningRate, targets, WITH_MAPS } from "#harness/method/fields.ts";
import { blockSites, checkTargets, targetSites } from "#harness/method/rewrite.ts";
import { SCRATCH_RATES, SCRATCH_TARGETS } from "#harness/method/scratch-presets.ts";
import type { Linear } from "#harness/nn/linear.ts";
import { activeInputs, frugal } from "#harness/optim/frugal.ts";

const config = z.strictObject({
  density: z
    .number()
    .min(0)
    .max(1)
    .default(0.25)
    .describe("rho, share of a target's inputs with state; paper 0.25 (C4), 8/768 (GLUE)"),
  refreshEvery: z
    .int()
    .min(2)
    .default(50)
    .describe("T, steps between two draws; card 50 to 100 for short runs, paper 200 and 500"),
  rule: z
    .enum(["sign", "sgd", "none"])
    .default("sign")
    .describe("what moves weights without state; paper sign"),
  inactiveScale: z
    .number()
    .min(0)
    .default(0.1)
    .describe("rate of weights without state, as a share of the rate; paper 0.1 for fine-tuning"),
  targets: targets(
    [...BLOCK_ROLES],
    "maps with state; paper's GLUE runs query,value, the other maps get none",
  ),
  learningRate: learningRate(5e-4, "as full fine-tuning on use-lite; paper's GLUE runs 5e-5 to 5e-4"),
});
type Config = z.infer<typeof config>;

export const method: Method<Config> = defineMethod({
  id: "frugal",
  title: "FRUGAL",
  kind: "optimizer",
  paper: {
    title: "FRUGAL: Memory-Efficient Optimization by Reducing State Overhead for Scalable Training",
    authors: "Zmushko, Beznosikov, Takac, Horvath",
    year: 2024,
    venue: "ICML 2025",
    url: "https://arxiv.org/abs/2411.07837",
  },
  fidelity: "official code",
  summary:
    "AdamW with state on a random, changing part of each map's inputs and sign descent on everything else in the maps.",
  families: WITH_MAPS,
  config,
  presets: [...SCRATCH_TARGETS, ...SCRATCH_RATES],
  startsFrom: "pretrained",
  promises: { startsAtBase: 0, finishKeeps: 0, gradients: "exact", toy: { refreshEvery: "3" } },
  supports: () => ({ ok: true }),
  check: (places, { targets }) => checkTargets(places, targets, "frugal"),
  async setup({ model, random, note }, { density, targets, learningRate, ...options }) {
    for (const param of model.params()) param.trainable = true;
    const stateful = new Set(targetSites(model, targets, "frugal"));
    const maps = denseMaps(blockSites(model));
    const rule = (share: number) =>
      frugal({
        ...options,
        density: share,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        random: (...names) => random("frugal", ...names),
      });
    const group = (name: string, share: number, members: readonly Linear[]) =>
      members.length === 0
        ? []
        : [{ name, params: members.map((map) => map.weight), optimizer: rule(share) }];
    const [active, idle] = [true, false].map((wanted) =>
      maps.filter(({ site }) => stateful.has(site) === wanted).map(({ map }) => map),
    );
    const stateNumbers = (active ?? []).reduce(
      (sum, { inFeatures: m, outFeatures: n }) => sum + activeInputs(density, m) * (2 * n + 1),
      0,
    );
    for (const map of active ?? []) {
      note(
        `${map.weight.name}: ${activeInputs(density, map.inFeatures)} of ${map.inFeatures} inputs have state`,
      );
    }
    const all = countOf(model.params());
    const projectable = countOf(maps.map(({ map }) => map.weight));
    return {
      stages: [
        {
          name: "train",
          learningRate,
          budgetShare: 1,
          groups: [...group("state-full", density, active ?? []), ...group("state-free", 0, idle ?? [])],
        },
      ],
      declared: {
        ...denseDeployment(model, all),
        optimizerStateBytes: FLOAT_BYTES * stateNumbers + adamStateBytes(all - projectable),
      },
    };
  },
});
