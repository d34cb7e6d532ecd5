// DSFormer (Chand et al. 2023; card 03): each block of a kernel's inputs becomes sparse codes times a small dense basis. In
// fine-tuning a latent dense kernel is trained straight through the factorisation, which follows it at every step.
// Reconstruction: neither code nor full text could be opened; block form, solver and sizes are the card's completion.
// Scaled down: few alternations at the start. Not reproduced: variant B, distillation, stacking on other compressors.
import { z } from "zod";
import { matrixFrom, rowSlice, transpose } from "#harness/linalg/matrix.ts";
import { singularValues } from "#harness/linalg/svd.ts";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { adamStateBytes, countOf, denseMaps, FLOAT_BYTES } from "#harness/method/costs.ts";
import { learningRate, WITH_MAPS } from "#harness/method/fields.ts";
import { blockSites } from "#harness/method/rewrite.ts";
import { SCRATCH_RATES } from "#harness/method/scratch-presets.ts";
import type { Linear } from "#harness/nn/linear.ts";
import { DsLinear, type Shape } from "./ds-linear.ts";
import { type Blocked, factorise, recode } from "./factorise.ts";

const config = z.strictObject({
  ratio: z
    .number()
    .gt(1)
    .default(2.8)
    .describe("bytes of a dense map over bytes of its factors; paper 2, 2.8, 3.57"),
  width: z.int().min(2).default(64).describe("inputs a block; card 64"),
  atoms: z.int().min(2).max(256).default(64).describe("rows of a block's basis; card 64"),
  sweeps: z.int().min(1).default(3).describe("alternations of coding and basis at the start; card 10 to 20"),
  basisRate: z.number().min(0).default(0.1).describe("step of the basis towards the latent kernel; card 0.1"),
  stepEvery: z
    .int()
    .min(1)
    .default(20)
    .describe("steps between two readings of the bases' norms for the codes' step size"),
  learningRate: learningRate(5e-4, "of the latent kernels, as full fine-tuning on use-lite"),
});
type Config = z.infer<typeof config>;

/** The shape that meets `ratio`: block width divides the inputs, non-zeros fill the bytes that the basis leaves. */
export function shapeFor(
  { ratio, width, atoms }: Pick<Config, "ratio" | "width" | "atoms">,
  m: number,
  n: number,
): Shape {
  let block = Math.min(width, m);
  while (m % block !== 0) block--;
  const fitting = Math.min(atoms, n);
  const index = 1 + Math.ceil(Math.log2(fitting)) / 32;
  const room = (m * n) / ratio - fitting * m;
  return {
    width: block,
    atoms: fitting,
    nonZeros: Math.min(fitting, Math.max(1, Math.floor(room / ((m / block) * n * index)))),
  };
}

/** Rows [out, w] of each block of a kernel [in, out]. */
const blocksOf = (values: Float32Array, m: number, n: number, width: number) =>
  Array.from({ length: m / width }, (_, j) =>
    transpose(rowSlice(matrixFrom(m, n, values), j * width, (j + 1) * width)),
  );

/** Largest stable step of each block's codes: 1 / ||D||_2^2. */
async function stepSizes(module: DsLinear): Promise<number[]> {
  const { width, atoms } = module.shape;
  const values = await module.basis.read();
  return Array.from({ length: module.inFeatures / width }, (_, j) => {
    const basis = matrixFrom(atoms, width, values.subarray(j * atoms * width, (j + 1) * atoms * width));
    return 1 / Math.max(singularValues(basis)[0] ?? 1, 1e-6) ** 2;
  });
}

async function recodeOnHost(module: DsLinear): Promise<void> {
  const { width, atoms, nonZeros } = module.shape;
  const [latent, codes, basis] = [
    await module.latent.weight.read(),
    await module.codes.read(),
    await module.basis.read(),
  ];
  const n = module.outFeatures;
  const blocks = blocksOf(latent, module.inFeatures, n, width).map((w, j): Blocked => {
    const s = matrixFrom(n, atoms, codes.subarray(j * n * atoms, (j + 1) * n * atoms));
    return recode(
      w,
      { s, d: matrixFrom(atoms, width, basis.subarray(j * atoms * width, (j + 1) * atoms * width)) },
      nonZeros,
    );
  });
  module.load(blocks);
}

export const method: Method<Config> = defineMethod({
  id: "dsformer",
  title: "DSFormer",
  kind: "compression",
  paper: {
    title: "DSFormer: Effective Compression of Text-Transformers by Dense-Sparse Weight Factorization",
    authors: "Chand, Prabhu, Kumar",
    year: 2023,
    venue: "arXiv",
    url: "https://arxiv.org/abs/2312.13211",
  },
  fidelity: "reconstruction",
  summary:
    "Replaces maps by sparse codes over small dense bases, trained straight through the factorisation.",
  families: WITH_MAPS,
  config,
  presets: [
    { when: { scale: "smoke" }, set: { sweeps: 1, ratio: 5 }, source: "seconds instead of minutes" },
    { when: { backbone: "bert-base" }, set: { learningRate: 2e-5 }, source: "card 2e-5 to 5e-5" },
    ...SCRATCH_RATES,
  ],
  startsFrom: "dense",
  promises: {
    startsAtBase: null,
    finishKeeps: null,
    gradients: { instead: "those of the product, handed straight through to the latent kernel" },
  },
  supports: () => ({ ok: true }),
  async setup({ model, random, note }, config) {
    const maps = denseMaps(blockSites(model));
    const dense = countOf(model.params());
    const modules: DsLinear[] = [];
    let [parameters, indexBytes] = [dense, 0];
    const make = async (path: string, map: Linear): Promise<DsLinear> => {
      const { inFeatures: m, outFeatures: n } = map;
      const shape = shapeFor(config, m, n);
      const entries = (m / shape.width) * shape.nonZeros * n;
      parameters += shape.atoms * m + entries - m * n;
      indexBytes += Math.ceil((entries * Math.ceil(Math.log2(shape.atoms))) / 8);
      const blocks = blocksOf(await map.weight.read(), m, n, shape.width).map((w, j) =>
        factorise(w, shape.atoms, shape.nonZeros, config.sweeps, random("dsformer", path, String(j))),
      );
      return new DsLinear(path, map, shape, blocks);
    };
    for (const { site, map } of maps) {
      const module = await make(site.path, map);
      modules.push(module);
      site.module = module;
    }
    note(`non-zeros a row and block: ${modules.map((module) => module.shape.nonZeros).join(" ")}`);
    for (const param of model.params()) param.trainable = param.role !== "factor";
    let sizes: number[][] = [];
    const readSizes = async (): Promise<void> => {
      sizes = await Promise.all(modules.map(stepSizes));
    };
    return {
      stages: [
        {
          name: "train",
          learningRate: config.learningRate,
          budgetShare: 1,
          begin: readSizes,
          betweenSteps: {
            due: () => true,
            async run({ step }) {
              if (step % config.stepEvery === 0) await readSizes();
              for (const [index, module] of modules.entries())
                module.follow(sizes[index] ?? [], config.basisRate);
            },
          },
        },
      ],
      async finish() {
        for (const module of modules) {
          if (module.deployed) continue;
          await recodeOnHost(module);
          module.deploy();
        }
      },
      declared: {
        trainable: dense,
        optimizerStateBytes: adamStateBytes(dense),
        deployedParameters: parameters,
        deployedBytes: FLOAT_BYTES * parameters + indexBytes,
      },
    };
  },
});
