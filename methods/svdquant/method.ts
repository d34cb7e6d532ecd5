// SVDQuant (Li et al., ICLR 2025; card 41): 4-bit weights and activations after the outliers have moved into the weights and
// their leading singular directions into a 16-bit branch. Post-training: calibration only. Applied to the maps of encoder
// blocks (the paper compresses diffusion transformers). Error is measured at each map's own output, also for query and key.
// Scaled down: rank 8, at most `tokens` calibration rows, a coarser search at smoke and small scale.
// Not reproduced: image metrics, fused kernels and their speed, GPTQ, NVFP4.
import { z } from "zod";
import { columnSlice, type Matrix, toFloat32 } from "#harness/linalg/matrix.ts";
import { type Calibration, defineMethod, type Method } from "#harness/method/contract.ts";
import { countOf, denseMaps, FLOAT_BYTES } from "#harness/method/costs.ts";
import { WITH_MAPS } from "#harness/method/fields.ts";
import { recoverCosts, recoverStage } from "#harness/method/recover.ts";
import { blockSites } from "#harness/method/rewrite.ts";
import type { Linear } from "#harness/nn/linear.ts";
import { Param } from "#harness/nn/param.ts";
import type { LinearSite } from "#harness/nn/site.ts";
import { type Fit, fitMap, inputMatrix } from "./fit.ts";
import { type SharedInput, SvdquantLinear } from "./svdquant-linear.ts";

const config = z.strictObject({
  rank: z
    .int()
    .min(0)
    .default(8)
    .describe("rank of the 16-bit branch; card 4 to 8 at this width, paper 32; 0 for none"),
  group: z.int().min(2).default(64).describe("inputs that share a scale; paper 64"),
  grid: z
    .int()
    .min(0)
    .default(20)
    .describe("steps of the smoothing search, 2 grid - 1 candidates; official 20; 0 for no smoothing"),
  iterations: z
    .int()
    .min(1)
    .default(100)
    .describe("most rounds of branch against rounding, stopped at the first worse one; official 100"),
  activations: z
    .enum(["4-bit", "float"])
    .default("4-bit")
    .describe("whether inputs are rounded too: W4A4 (paper) or W4A16"),
  examples: z.int().min(1).default(128).describe("calibration examples; official 128 prompts"),
  tokens: z.int().min(16).default(512).describe("most calibration rows a map is fitted on"),
});
type Config = z.infer<typeof config>;
interface Target {
  readonly site: LinearSite;
  readonly map: Linear;
}

/** Just above minus the minimum of GELU: inputs from it become non-negative (official nn/struct/attn.py). */
const GELU_SHIFT = 0.171875;

/** Query, key and value of a block read one input; every other map has its own. */
function groupsOf(targets: readonly Target[]): Target[][] {
  const groups = new Map<string, Target[]>();
  for (const target of targets) {
    const { block, role, path } = target.site;
    const key = ["query", "key", "value"].includes(role) ? `qkv ${block}` : path;
    groups.set(key, [...(groups.get(key) ?? []), target]);
  }
  return [...groups.values()];
}

async function readInputs(
  calibration: Calibration,
  paths: readonly string[],
  config: Config,
): Promise<Map<string, number[]>> {
  const inputs = new Map<string, number[]>(paths.map((path) => [path, []]));
  await calibration.activations(paths, config.examples, (path, values, rows) => {
    const kept = inputs.get(path);
    if (kept === undefined || rows === 0) return;
    const room = config.tokens * (values.length / rows) - kept.length;
    for (const value of values.subarray(0, Math.max(0, room))) kept.push(value);
  });
  return inputs;
}

/** Kernels of several maps side by side, [in, sum of outs]. */
async function joined(members: readonly Target[]): Promise<Matrix> {
  const kernels = await Promise.all(
    members.map(async ({ map }) => ({ map, values: await map.weight.read() })),
  );
  const width = kernels.reduce((sum, { map }) => sum + map.outFeatures, 0);
  const rows = kernels[0]?.map.inFeatures ?? 0;
  const data = new Float64Array(rows * width);
  let offset = 0;
  for (const { map, values } of kernels) {
    for (let i = 0; i < rows; i++)
      data.set(values.subarray(i * map.outFeatures, (i + 1) * map.outFeatures), i * width + offset);
    offset += map.outFeatures;
  }
  return { rows, cols: width, data };
}

async function install(
  members: readonly Target[],
  kernel: Matrix,
  fit: Fit,
  shared: SharedInput,
): Promise<void> {
  let offset = 0;
  for (const [index, { site, map }] of members.entries()) {
    const end = offset + map.outFeatures;
    const bias = map.bias === null ? new Float32Array(map.outFeatures) : (await map.bias.read()).slice();
    for (let i = 0; i < kernel.rows; i++) {
      for (let j = 0; j < bias.length; j++)
        bias[j] = (bias[j] as number) - shared.shift * (kernel.data[i * kernel.cols + offset + j] as number);
    }
    site.module = new SvdquantLinear(site.path, map, shared, {
      residual: toFloat32(columnSlice(fit.residual, offset, end)),
      up: fit.branch === null ? null : toFloat32(columnSlice(fit.branch.b, offset, end)),
      bias,
      first: index === 0,
    });
    offset = end;
  }
}

export const method: Method<Config> = defineMethod({
  id: "svdquant",
  title: "SVDQuant",
  kind: "compression",
  paper: {
    title: "SVDQuant: Absorbing Outliers by Low-Rank Components for 4-Bit Diffusion Models",
    authors: "Li, Lin, Zhang, Cai, Li, Guo, Xie, Meng, Zhu, Han",
    year: 2024,
    venue: "ICLR 2025",
    url: "https://arxiv.org/abs/2411.05007",
  },
  fidelity: "official code",
  summary:
    "Rounds weights and activations to 4 bits after moving outliers into a small 16-bit low-rank branch.",
  families: WITH_MAPS,
  config,
  presets: [
    {
      when: { scale: "smoke" },
      set: { grid: 2, iterations: 1, examples: 16, tokens: 64 },
      source: "seconds instead of minutes",
    },
    {
      when: { scale: "small" },
      set: { grid: 10, iterations: 10, tokens: 256 },
      source: "minutes on one core",
    },
  ],
  startsFrom: "dense",
  promises: { startsAtBase: null, finishKeeps: 0, gradients: "exact", toy: { rank: "2", group: "4" } },
  supports: ({ backbone }) =>
    backbone === "bigru"
      ? {
          ok: false,
          reason: "SVDQuant rounds what enters a map, and a recurrence reads its maps as matrices",
        }
      : { ok: true },
  async setup({ model, calibration, note }, config) {
    const targets = denseMaps(blockSites(model));
    const dense = countOf(model.params());
    const groups = groupsOf(targets);
    const inputs = await readInputs(
      calibration,
      groups.flatMap(([first]) => (first === undefined ? [] : [first.site.path])),
      config,
    );
    let [parameters, bytes] = [dense, FLOAT_BYTES * dense];
    const exponents: string[] = [];
    for (const members of groups) {
      const path = members[0]?.site.path ?? "";
      const kernel = await joined(members);
      const [m, n] = [kernel.rows, kernel.cols];
      const values = inputs.get(path) ?? [];
      const lowest = values.reduce((least, x) => Math.min(least, x), 0);
      const unsigned = lowest >= -GELU_SHIFT;
      const shift = unsigned && lowest < 0 ? GELU_SHIFT : 0;
      const x = inputMatrix(shift === 0 ? values : values.map((value) => value + shift), m);
      const fit = fitMap(x, kernel, { ...config, roundInputs: config.activations === "4-bit", unsigned });
      const rank = fit.branch?.a.cols ?? 0;
      const frozen = { role: "factor", trainable: false } as const;
      const shared: SharedInput = {
        lambda: new Param(`${path}.lambda`, [m], Float32Array.from(fit.lambda), frozen),
        down:
          fit.branch === null ? null : new Param(`${path}.down`, [m, rank], toFloat32(fit.branch.a), frozen),
        shift,
        unsigned,
        group: config.group,
        roundInputs: config.activations === "4-bit",
      };
      await install(members, kernel, fit, shared);
      exponents.push(`${path} ${fit.exponents.map((e) => e.toFixed(2)).join("/")}`);
      const r = Math.min(config.rank, m, n);
      parameters += r * (m + n);
      bytes += 2 * (r * (m + n) + m) - FLOAT_BYTES * m * n;
      for (const { map } of members) {
        // The shift of the inputs is undone in the bias, so that a map without one gets one.
        const added = map.bias === null ? map.outFeatures : 0;
        parameters += added;
        bytes += FLOAT_BYTES * added;
        bytes += Math.ceil((m * map.outFeatures) / 2) + 2 * Math.ceil(m / config.group) * map.outFeatures;
      }
    }
    note(`smoothing exponents: ${exponents.join(", ")}`);
    return {
      stages: [recoverStage(model, 0, 1)],
      declared: { ...recoverCosts(0, 0), deployedParameters: parameters, deployedBytes: bytes },
    };
  },
});
