// RandLoRA (Albert et al., ICLR 2025; card 19): a full-rank update as a sum of frozen random low-rank products, of which
// only diagonal scalings train; merged for deployment. Scale 2 / sqrt(n), as the authors' own GLUE code.
// Not reproduced: sparse and binary bases, the rank-limited ablations a and b, the memory-saving custom gradient.
import { z } from "zod";
import { adapterRun, headGroup } from "#harness/method/adapter.ts";
import type { Stream } from "#harness/method/contract.ts";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import {
  BLOCK_ROLES,
  headLearningRate,
  learningRate,
  rank,
  targets,
  WITH_BLOCKS,
} from "#harness/method/fields.ts";
import { checkTargets, targetSites } from "#harness/method/rewrite.ts";
import { uniform } from "#harness/nn/init.ts";
import { Param } from "#harness/nn/param.ts";
import { basesFor, RandLoraLinear } from "./randlora-linear.ts";

const config = z.strictObject({
  rank: rank(
    64,
    "of one basis; a larger rank trains FEWER numbers; official GLUE script 64 (base), 100 (large)",
  ),
  targets: targets([...BLOCK_ROLES], "official GLUE script: query, key, value and every dense map"),
  learningRate: learningRate(5e-3, "of the scalings; card 1e-3 to 1e-2"),
  headLearningRate: headLearningRate(1e-3, "as the other adapters of few numbers here"),
});
type Config = z.infer<typeof config>;

/** Uniform numbers divided by their standard deviation: unit spread, mean near 0. */
export function unitSpread(count: number, random: Stream): Float32Array {
  const values = uniform(count, 1, random);
  const mean = values.reduce((sum, x) => sum + x, 0) / count;
  const spread = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count);
  return values.map((x) => x / spread);
}

export const method: Method<Config> = defineMethod({
  id: "randlora",
  title: "RandLoRA",
  kind: "adapter",
  paper: {
    title: "RandLoRA: Full-rank parameter-efficient fine-tuning of large models",
    authors: "Albert, Zhang, Saratchandran, Rodriguez-Opazo, van den Hengel, Abbasnejad",
    year: 2025,
    venue: "ICLR 2025",
    url: "https://arxiv.org/abs/2502.00987",
  },
  fidelity: "official code",
  summary:
    "Trains only scalings of frozen random low-rank products whose sum, the weight update, has full rank.",
  families: WITH_BLOCKS,
  config,
  presets: [],
  startsFrom: "pretrained",
  promises: { startsAtBase: 0, finishKeeps: 1e-5, gradients: "exact", toy: { rank: "2" } },
  supports: () => ({ ok: true }),
  check: (places, { targets }) => checkTargets(places, targets, "randlora"),
  async setup({ model, random }, { rank, targets, learningRate, headLearningRate }) {
    const sites = targetSites(model, targets, "randlora");
    const widths = sites.map(
      ({ module: { inFeatures: m, outFeatures: n } }) => [Math.min(m, n), Math.max(m, n)] as const,
    );
    const dmax = Math.max(...widths.map(([d]) => d));
    const largest = Math.max(...widths.map(([, large]) => large));
    const frozen = (name: string, shape: readonly number[]) => {
      const count = shape.reduce((x, y) => x * y, 1);
      const values = unitSpread(count, random("randlora", name));
      return new Param(`randlora.${name}`, shape, values, { role: "factor", trainable: false });
    };
    const bases = {
      a: frozen("a", [rank, dmax]),
      b: frozen("b", [largest, rank, basesFor(dmax, rank)]),
      rank,
    };
    return adapterRun({
      model,
      sites,
      count: (m, n) => basesFor(Math.min(m, n), rank) * (rank + Math.min(m, n)),
      wrap: (site, map) => new RandLoraLinear(site.path, map, bases),
      stage: { learningRate, groups: [headGroup(model, headLearningRate / learningRate)] },
      release() {
        bases.a.dispose();
        bases.b.dispose();
      },
    });
  },
});
