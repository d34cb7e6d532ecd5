// Checkpoints of CLIP in the layout of Hugging Face transformers, as weights under our names: maps turned to [in, out], the
// patch convolution to rows of windows. Every tensor must be there, and no other one that counts.
import { parseSafetensors } from "#harness/data/safetensors.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import type { Weights } from "./clip-parts.ts";
import type { ClipShape } from "./clip-towers.ts";

interface Stored {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** [rows, columns] to [columns, rows]. */
function turned({ shape, data }: Stored): Stored {
  const [rows = 0, columns = 0] = shape;
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j] as number;
  return { shape: [columns, rows], data: out };
}

/** A convolution's [filters, channels, size, size] to [size * size * channels, filters]. */
function asWindows({ shape, data }: Stored): Stored {
  const [filters = 0, channels = 0, height = 0, width = 0] = shape;
  const out = new Float32Array(data.length);
  for (let f = 0; f < filters; f++)
    for (let c = 0; c < channels; c++)
      for (let at = 0; at < height * width; at++)
        out[(at * channels + c) * filters + f] = data[(f * channels + c) * height * width + at] as number;
  return { shape: [height * width * channels, filters], data: out };
}

const asIs = (stored: Stored): Stored => stored;

interface Rule {
  readonly from: string;
  readonly to: string;
  convert(stored: Stored): Stored;
}

/** A map and its bias, or a norm's gain and shift. */
const pair = (from: string, to: string, convert: Rule["convert"]): readonly Rule[] => [
  { from: `${from}.weight`, to: `${to}.weight`, convert },
  { from: `${from}.bias`, to: `${to}.bias`, convert: asIs },
];

const block = (tower: "vision_model" | "text_model", to: string, at: number): readonly Rule[] => {
  const from = `${tower}.encoder.layers.${at}`;
  const path = `${to}.layer.${at}`;
  return [
    ...pair(`${from}.layer_norm1`, `${path}.norm1`, asIs),
    ...pair(`${from}.self_attn.q_proj`, `${path}.attention.query`, turned),
    ...pair(`${from}.self_attn.k_proj`, `${path}.attention.key`, turned),
    ...pair(`${from}.self_attn.v_proj`, `${path}.attention.value`, turned),
    ...pair(`${from}.self_attn.out_proj`, `${path}.attention.output`, turned),
    ...pair(`${from}.layer_norm2`, `${path}.norm2`, asIs),
    ...pair(`${from}.mlp.fc1`, `${path}.ffn.in`, turned),
    ...pair(`${from}.mlp.fc2`, `${path}.ffn.out`, turned),
  ];
};

function rules({ image, text }: ClipShape): readonly Rule[] {
  const vision = "vision_model.embeddings";
  return [
    { from: `${vision}.patch_embedding.weight`, to: "image.patch.weight", convert: asWindows },
    { from: `${vision}.class_embedding`, to: "image.class", convert: asIs },
    { from: `${vision}.position_embedding.weight`, to: "image.position", convert: asIs },
    // The library's own name has lacked its second e from the first release on.
    ...pair("vision_model.pre_layrnorm", "image.norm.before", asIs),
    ...Array.from({ length: image.blocks }, (_, at) => block("vision_model", "image", at)).flat(),
    ...pair("vision_model.post_layernorm", "image.norm.after", asIs),
    { from: "visual_projection.weight", to: "image.projection.weight", convert: turned },
    { from: "text_model.embeddings.token_embedding.weight", to: "text.embedding.weight", convert: asIs },
    { from: "text_model.embeddings.position_embedding.weight", to: "text.position", convert: asIs },
    ...Array.from({ length: text.blocks }, (_, at) => block("text_model", "text", at)).flat(),
    ...pair("text_model.final_layer_norm", "text.norm", asIs),
    { from: "text_projection.weight", to: "text.projection.weight", convert: turned },
  ];
}

const SCALE = "logit_scale";
/** Buffers that some versions of the library wrote: positions 0, 1, 2, ... */
const IGNORED = /\.position_ids$/;

/** Weights and the factor on cosines. Throws a `data` error that names a missing or unknown tensor. */
export function parseClipCheckpoint(
  bytes: Uint8Array,
  file: string,
  shape: ClipShape,
): { readonly weights: Weights; readonly scale: number } {
  const { tensors } = parseSafetensors(bytes, file);
  const refuse = (problem: string, tensor: string, wanted: string) =>
    new RankbenchError({
      reason: "data",
      thing: `file ${file}`,
      problem,
      field: "tensor",
      value: tensor,
      wanted,
      next: "get model.safetensors of the checkpoint that the task names",
    });
  const read = (name: string): Stored => {
    const found = tensors.get(name);
    if (found === undefined) throw refuse("it lacks a tensor of CLIP", name, "CLIPModel's state");
    if (!(found.data instanceof Float32Array))
      throw refuse("a tensor holds no floats", name, `F32, F16 or BF16, not ${found.dtype}`);
    return { shape: found.shape, data: found.data };
  };
  const sized = (name: string, wanted: readonly (number | null)[]) => {
    const found = read(name).shape;
    if (found.length !== wanted.length || wanted.some((size, axis) => size !== null && size !== found[axis]))
      throw refuse(
        "a tensor is of another shape than the backbone's",
        `${name} [${found.join(", ")}]`,
        `[${wanted.map((size) => size ?? "any").join(", ")}]`,
      );
  };
  const { patch, pixels } = shape;
  sized("vision_model.embeddings.patch_embedding.weight", [null, 3, patch, patch]);
  sized("vision_model.embeddings.position_embedding.weight", [(pixels / patch) ** 2 + 1, null]);
  const all = rules(shape);
  const known = new Set([...all.map(({ from }) => from), SCALE]);
  for (const name of tensors.keys())
    if (!known.has(name) && !IGNORED.test(name))
      throw refuse("it has a tensor that CLIP of this shape has not", name, "CLIPModel's state");
  const weights = new Map(all.map(({ from, to, convert }) => [to, convert(read(from))]));
  return { weights, scale: Math.exp(read(SCALE).data[0] ?? Number.NaN) };
}
