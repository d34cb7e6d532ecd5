// AFM for click-through models (Yu et al., KDD 2024; card 10): tables and deep layers of a trained model become thin ones
// that mimic what the dense ones put out over the training set, by principal components of outputs in place of weights;
// then everything is trained on. Scaled down: outputs of 2,048 training rows, a quarter of a budget of training behind. Not
// reproduced: tensor trains, and the models without a deep net behind the fields (AutoInt, AFN, FiBiNET).
import { z } from "zod";
import { matrixFrom, rowSlice, toFloat32 } from "#harness/linalg/matrix.ts";
import type { Calibration } from "#harness/method/contract.ts";
import { defineMethod, type Method } from "#harness/method/contract.ts";
import { countOf, denseSize, FLOAT_BYTES } from "#harness/method/costs.ts";
import { learningRate } from "#harness/method/fields.ts";
import { recoverCosts, recoverShare, recoverStage } from "#harness/method/recover.ts";
import { denseMap } from "#harness/method/rewrite.ts";
import { type FieldEmbedding, isFieldEmbedding } from "#harness/nn/field-embedding.ts";
import { Linear } from "#harness/nn/linear.ts";
import type { Model } from "#harness/nn/model.ts";
import { type EmbeddingSite, type LinearSite, targetable } from "#harness/nn/site.ts";
import {
  addRow,
  type Components,
  components,
  type Moments,
  mergeFields,
  mimicField,
  mimicMap,
  type NarrowField,
  newMoments,
  outputOf,
  svdField,
  svdMap,
} from "./mimic.ts";
import { NarrowFieldEmbedding, ThinLinear } from "./thin-parts.ts";

const config = z.strictObject({
  variant: z
    .enum(["afm", "svd"])
    .default("afm")
    .describe("what is kept: directions of the outputs (paper), or of the weights, in the same framework"),
  parts: z
    .enum(["both", "embedding", "layers"])
    .default("both")
    .describe("what is compressed: the table of embeddings, the deep net's layers, or both (paper)"),
  embeddingRank: z
    .int()
    .min(1)
    .default(4)
    .describe("numbers an id keeps; paper 2 of 16 (Criteo) and 4, 8, 24 of 50 (Avazu), card 2, 4 or 8 of 16"),
  layerShare: z
    .number()
    .positive()
    .max(1)
    .default(1 / 6)
    .describe("rank of a layer as a share of its outputs; paper 64 of 400 and 320 of 2000, card a sixth"),
  firstLayer: z
    .boolean()
    .default(false)
    .describe("compress the deep net's first layer too; the code's tags are false, true, true"),
  activation: z
    .enum(["none", "relu"])
    .default("none")
    .describe("between the two thin layers; relu (paper) does not start at the mimicking solution"),
  merge: z
    .boolean()
    .default(true)
    .describe("let the deep net read narrow rows, the way back multiplied into its first layer (code)"),
  examples: z
    .int()
    .min(1)
    .default(2048)
    .describe("training rows whose outputs give a layer's directions; the paper takes all"),
  recoverShare: recoverShare(
    0.25,
    "card: one epoch, of the two to four that tasks here have; validation log loss of frappe is 0.37, after a whole budget 0.44",
  ),
  learningRate: learningRate(1e-3, "a third of full fine-tuning's 3e-3; card: half to a tenth"),
});
type Config = z.infer<typeof config>;

export const layerRank = (share: number, outputs: number): number => Math.max(1, Math.floor(share * outputs));

/** Numbers of a thin layer: r (in + out) + r + out. */
export const layerSize = (rank: number, fanIn: number, fanOut: number): number =>
  rank * (fanIn + fanOut) + rank + fanOut;

/** Numbers of a narrow table with its ways back: n r rows, r d + d a field. */
export const tableSize = (rows: number, fields: number, rank: number, width: number): number =>
  rows * rank + fields * (rank * width + width);

/** The table of embeddings; the first-order table holds one number an id and stays. */
function wideTable(model: Model): { readonly site: EmbeddingSite; readonly table: FieldEmbedding } {
  for (const site of model.sites) {
    if (site.kind === "embedding" && isFieldEmbedding(site.module) && site.module.width > 1)
      return { site, table: site.module };
  }
  throw new Error("afm-ctr: the model has no table of fields");
}

/** Layers of the deep net, first one first: dense maps in blocks that are no cross layers. */
export const deepLayers = (model: Model): readonly LinearSite[] =>
  targetable<LinearSite>(model.sites).filter(({ role, path }) => role === "dense" && path.startsWith("mlp."));

/** Each field's rows, narrow. */
async function narrowFields(
  table: FieldEmbedding,
  { variant }: Config,
  rank: number,
): Promise<NarrowField[]> {
  const all = matrixFrom(table.rows, table.width, await table.table.read());
  return table.fields.map(({ offset, counts }) => {
    const own = rowSlice(all, offset, offset + counts.length);
    return variant === "afm" ? mimicField(own, counts, rank) : svdField(own, rank);
  });
}

/** Means and directions of what the layers put out, before their activations, over calibration rows. */
async function outputComponents(
  sites: readonly LinearSite[],
  calibration: Calibration,
  examples: number,
): Promise<ReadonlyMap<string, Components>> {
  const moments = new Map<string, Moments>();
  const weights = new Map<string, { kernel: Float32Array; bias: Float32Array }>();
  for (const site of sites) {
    const map = denseMap(site);
    moments.set(site.path, newMoments(map.outFeatures));
    weights.set(site.path, { kernel: await map.weight.read(), bias: await biasOf(map) });
  }
  await calibration.activations([...moments.keys()], examples, (path, input, rows) => {
    const [sums, of] = [moments.get(path), weights.get(path)];
    if (sums === undefined || of === undefined) return;
    const fanIn = input.length / rows;
    for (let row = 0; row < rows; row++)
      addRow(sums, outputOf(input.subarray(row * fanIn, (row + 1) * fanIn), of.kernel, of.bias), 1);
  });
  return new Map([...moments].map(([path, sums]) => [path, components(sums)]));
}

const biasOf = async (map: Linear): Promise<Float32Array> =>
  map.bias === null ? new Float32Array(map.outFeatures) : map.bias.read();

export const method: Method<Config> = defineMethod({
  id: "afm-ctr",
  title: "AFM for CTR",
  kind: "compression",
  paper: {
    title: "Unified Low-rank Compression Framework for Click-through Rate Prediction",
    authors: "Yu, Fu, Ding, Zhou, Wu",
    year: 2024,
    venue: "KDD 2024",
    url: "https://arxiv.org/abs/2405.18146",
  },
  fidelity: "official code",
  summary:
    "Makes a click model's tables and layers thin by principal components of their outputs, and trains what is left.",
  families: ["ctr"],
  config,
  presets: [{ when: { scale: "smoke" }, set: { examples: 64 }, source: "seconds instead of minutes" }],
  startsFrom: "dense",
  promises: { startsAtBase: null, finishKeeps: 0, gradients: "exact" },
  supports: () => ({ ok: true }),
  async setup({ model, calibration, note }, settings) {
    const { variant, parts, layerShare, firstLayer, activation, merge, examples } = settings;
    let numbers = countOf(model.params());
    const layers = deepLayers(model);
    const [first] = layers;
    const targets = parts === "embedding" ? [] : firstLayer ? layers : layers.slice(1);
    const outputs =
      variant === "afm" && targets.length > 0 ? await outputComponents(targets, calibration, examples) : null;

    if (parts !== "layers") {
      const { site, table } = wideTable(model);
      const rank = Math.min(settings.embeddingRank, table.width);
      if (rank < settings.embeddingRank)
        note(`embeddingRank ${settings.embeddingRank} clipped to ${rank}, the table's width`);
      const count = table.fields.length;
      const fields = await narrowFields(table, settings, rank);
      table.table.dispose();
      site.module = new NarrowFieldEmbedding(site.path, fields, merge && first !== undefined);
      numbers += tableSize(table.rows, count, rank, table.width) - table.rows * table.width;
      if (merge && first !== undefined) {
        const map = denseMap(first);
        const weight = matrixFrom(map.inFeatures, map.outFeatures, await map.weight.read());
        const merged = mergeFields(weight, await biasOf(map), fields);
        for (const param of map.params()) param.dispose();
        const narrow = { weight: toFloat32(merged.weight), bias: Float32Array.from(merged.bias) };
        first.module = new Linear(first.path, count * rank, map.outFeatures, narrow);
        numbers += (count * rank - map.inFeatures) * map.outFeatures;
      }
    }

    for (const site of targets) {
      const map = denseMap(site);
      const { inFeatures, outFeatures } = map;
      const rank = layerRank(layerShare, outFeatures);
      const weight = matrixFrom(inFeatures, outFeatures, await map.weight.read());
      const bias = await biasOf(map);
      const output = outputs?.get(site.path);
      const pair = output === undefined ? svdMap(weight, bias, rank) : mimicMap(weight, bias, output, rank);
      numbers += layerSize(rank, inFeatures, outFeatures) - denseSize(map);
      for (const param of map.params()) param.dispose();
      site.module = new ThinLinear(site.path, pair, activation);
    }

    const tables = model.sites
      .filter(({ kind }) => kind === "embedding")
      .map(({ module }) => countOf(module.params()));
    note(`numbers: embeddings ${tables[0] ?? 0}, first-order weights ${tables[1] ?? 0}, all ${numbers}`);
    return {
      stages: [recoverStage(model, settings.recoverShare, settings.learningRate)],
      declared: {
        ...recoverCosts(settings.recoverShare, numbers),
        deployedParameters: numbers,
        deployedBytes: FLOAT_BYTES * numbers,
      },
    };
  },
});
