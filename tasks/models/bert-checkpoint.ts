// Checkpoints of BERT and RoBERTa in the layout of Hugging Face transformers, as weights under our names: maps turned to
// [in, out]. Every tensor must be there with its shape, and no other one that counts.
import { parseSafetensors, type SafetensorsTensor } from "#harness/data/safetensors.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import type { Weights } from "./clip-parts.ts";

/** Sizes of a model of the family; all of a checkpoint's tensors are held to them. */
export interface BertShape {
  readonly vocabulary: number;
  /** Rows of the position table: texts have at most `positions - firstPosition` tokens. */
  readonly positions: number;
  /** Row of the first token's position: 0, in RoBERTa 2 (those before it belong to padding). */
  readonly firstPosition: number;
  /** Kinds of token: 2 where the texts of a pair are told apart, 1 in RoBERTa. */
  readonly types: number;
  readonly width: number;
  readonly ffnWidth: number;
  readonly blocks: number;
  readonly heads: number;
  readonly epsilon: number;
  /** Whether the map of the first token's state comes with the checkpoint or is drawn anew, as RoBERTa's authors do. */
  readonly pooler: "stored" | "fresh";
}

interface Rule {
  readonly from: string;
  readonly to: string;
  /** As stored. */
  readonly shape: readonly number[];
  readonly turned?: true;
}

const map = (from: string, to: string, inputs: number, outputs: number): readonly Rule[] => [
  { from: `${from}.weight`, to: `${to}.weight`, shape: [outputs, inputs], turned: true },
  { from: `${from}.bias`, to: `${to}.bias`, shape: [outputs] },
];

const norm = (from: string, to: string, width: number): readonly Rule[] => [
  { from: `${from}.weight`, to: `${to}.weight`, shape: [width] },
  { from: `${from}.bias`, to: `${to}.bias`, shape: [width] },
];

function blockRules(at: number, { width, ffnWidth }: BertShape): readonly Rule[] {
  const from = `encoder.layer.${at}`;
  const to = `layer.${at}`;
  return [
    ...map(`${from}.attention.self.query`, `${to}.attention.query`, width, width),
    ...map(`${from}.attention.self.key`, `${to}.attention.key`, width, width),
    ...map(`${from}.attention.self.value`, `${to}.attention.value`, width, width),
    ...map(`${from}.attention.output.dense`, `${to}.attention.output`, width, width),
    ...norm(`${from}.attention.output.LayerNorm`, `${to}.norm1`, width),
    ...map(`${from}.intermediate.dense`, `${to}.ffn.in`, width, ffnWidth),
    ...map(`${from}.output.dense`, `${to}.ffn.out`, ffnWidth, width),
    ...norm(`${from}.output.LayerNorm`, `${to}.norm2`, width),
  ];
}

function rules(shape: BertShape): readonly Rule[] {
  const { vocabulary, positions, types, width, blocks, pooler } = shape;
  const table = (name: string, to: string, rows: number): Rule => ({
    from: `embeddings.${name}_embeddings.weight`,
    to,
    shape: [rows, width],
  });
  return [
    table("word", "embedding.weight", vocabulary),
    table("position", "embedding.position", positions),
    table("token_type", "embedding.type", types),
    ...norm("embeddings.LayerNorm", "embedding.norm", width),
    ...Array.from({ length: blocks }, (_, at) => blockRules(at, shape)).flat(),
    ...(pooler === "stored" ? map("pooler.dense", "pooler", width, width) : []),
  ];
}

/** The model's name that whole checkpoints put before every tensor. */
const PREFIX = /^(?:bert|roberta)\./;
/** Positions 0, 1, 2, ..., which old versions stored, and the heads of pre-training, which no task uses. */
const IGNORED = /^embeddings\.position_ids$|^cls\.|^lm_head\./;

/** The name as present versions write it: norms called their parts gamma and beta once. */
const modern = (name: string): string =>
  name
    .replace(PREFIX, "")
    .replace(/LayerNorm\.gamma$/, "LayerNorm.weight")
    .replace(/LayerNorm\.beta$/, "LayerNorm.bias");

/** [rows, columns] to [columns, rows]. */
function turned(data: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j] as number;
  return out;
}

/** The weights of a checkpoint. Throws a `data` error that names a missing, unknown or misshapen tensor. */
export function parseBertCheckpoint(bytes: Uint8Array, file: string, shape: BertShape): Weights {
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
  const all = rules(shape);
  const known = new Set(all.map(({ from }) => from));
  const found = new Map<string, SafetensorsTensor>();
  for (const [stored, tensor] of parseSafetensors(bytes, file).tensors) {
    const name = modern(stored);
    if (IGNORED.test(name)) continue;
    // A pooler that is drawn anew may be stored: checkpoints made by other heads hold one that was never trained.
    if (shape.pooler === "fresh" && name.startsWith("pooler.")) continue;
    if (!known.has(name))
      throw refuse("it has a tensor that a model of this shape has not", stored, "an encoder's state alone");
    if (found.has(name)) throw refuse("it holds a tensor under two names", stored, "each tensor once");
    found.set(name, tensor);
  }
  const weights = new Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>();
  for (const rule of all) {
    const tensor = found.get(rule.from);
    if (tensor === undefined) throw refuse("it lacks a tensor of the model", rule.from, "an encoder's state");
    const { shape: sizes, data, dtype } = tensor;
    if (!(data instanceof Float32Array))
      throw refuse("a tensor holds no floats", rule.from, `F32, F16 or BF16, not ${dtype}`);
    if (sizes.join() !== rule.shape.join())
      throw refuse(
        "a tensor is of another shape than the backbone's",
        `${rule.from} [${sizes.join(", ")}]`,
        `[${rule.shape.join(", ")}]`,
      );
    const [rows = 0, columns = 0] = sizes;
    weights.set(
      rule.to,
      rule.turned === true
        ? { shape: [columns, rows], data: turned(data, rows, columns) }
        : { shape: sizes, data },
    );
  }
  return weights;
}
