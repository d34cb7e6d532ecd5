// The sentence encoder: two pre-norm transformer layers over subword ids, mean pooling, a tanh map and the task's head,
// for one text or for a pair that both go through the same encoder.
// Architecture of Universal Sentence Encoder Lite (Cer et al. 2018); every linear map, table and norm is a named site.
import {
  abs,
  add,
  concat,
  div,
  expandDims,
  maximum,
  mul,
  relu,
  reshape,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  transpose,
  unstack,
} from "#harness/engine/tensor.ts";
import { DotProductAttention } from "#harness/nn/attention.ts";
import { Embedding } from "#harness/nn/embedding.ts";
import { normal, zeros } from "#harness/nn/init.ts";
import { LayerNorm } from "#harness/nn/layer-norm.ts";
import { Linear } from "#harness/nn/linear.ts";
import type { ExampleShape, Inputs, Model } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";
import {
  type AttentionSite,
  applyLinear,
  type EmbeddingSite,
  type LinearPlace,
  type LinearRole,
  type LinearSite,
  type NormSite,
  type Site,
} from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import { USE_LITE, type UseLiteWeights } from "./use-lite.ts";

const NORM_EPSILON = 1e-6;
const MASKED = -1e9;
/** Initial head weights N(0, 0.02^2), as BERT's. */
const HEAD_STD = 0.02;

/** Linear sites in model order; the constructor places a module at each. */
export const SENTENCE_ENCODER_PLACES: readonly LinearPlace[] = [
  ...[0, 1].flatMap((block): LinearPlace[] => {
    const place = (name: string, role: LinearRole): LinearPlace => ({
      kind: "linear",
      path: `layer.${block}.${name}`,
      role,
      block,
    });
    return [
      place("attention.query", "query"),
      place("attention.key", "key"),
      place("attention.value", "value"),
      place("attention.output", "attention-output"),
      // Only layer 0 changes the width, so only it projects its residual.
      ...(block === 0 ? [place("residual", "residual")] : []),
      place("ffn.in", "ffn-in"),
      place("ffn.out", "ffn-out"),
    ];
  }),
  { kind: "linear", path: "pooler", role: "pooler", block: null },
  { kind: "linear", path: "head", role: "head", block: null },
];

interface Block {
  readonly width: number;
  readonly norm1: NormSite;
  readonly query: LinearSite;
  readonly key: LinearSite;
  readonly value: LinearSite;
  readonly attention: AttentionSite;
  readonly output: LinearSite;
  /** Projects the residual where the width changes (layer 0). */
  readonly residual: LinearSite | null;
  readonly norm2: NormSite;
  readonly ffnIn: LinearSite;
  readonly ffnOut: LinearSite;
}

export interface SentenceEncoderOptions {
  readonly weights: UseLiteWeights;
  /** Texts of an example. With 2, the head sees u, v, |u - v| and u v of their vectors (Conneau et al. 2017, InferSent). */
  readonly texts: 1 | 2;
  readonly outputs: number;
  readonly init: Stream;
}

export class SentenceEncoder implements Model {
  readonly sites: readonly Site[];
  readonly head: LinearSite;
  readonly #embedding: EmbeddingSite;
  readonly #blocks: readonly Block[];
  readonly #pooler: LinearSite;
  readonly #texts: 1 | 2;

  constructor(options: SentenceEncoderOptions) {
    const { weights } = options;
    this.#texts = options.texts;
    const sites: Site[] = [];
    const take = (name: string) => {
      const found = weights.get(name);
      if (found === undefined) throw new Error(`sentence encoder: no weight ${name}`);
      return found;
    };
    const linear = (path: string): LinearSite => {
      const place = SENTENCE_ENCODER_PLACES.find((known) => known.path === path);
      if (place === undefined) throw new Error(`sentence encoder: no place ${path}`);
      const { shape, data } = take(`${path}.weight`);
      const module = new Linear(path, shape[0] ?? 0, shape[1] ?? 0, {
        weight: data,
        bias: take(`${path}.bias`).data,
      });
      const site: LinearSite = { ...place, module };
      sites.push(site);
      return site;
    };
    const norm = (path: string, block: number): NormSite => {
      const gain = take(`${path}.weight`).data;
      const module = new LayerNorm(path, gain.length, NORM_EPSILON, {
        gain,
        shift: take(`${path}.bias`).data,
      });
      const site: NormSite = { kind: "norm", path, block, module };
      sites.push(site);
      return site;
    };

    const attention = (path: string, block: number, width: number): AttentionSite => {
      const site: AttentionSite = { kind: "attention", path, block, module: new DotProductAttention(width) };
      sites.push(site);
      return site;
    };

    const table = new Embedding(
      "embedding",
      USE_LITE.vocabulary,
      USE_LITE.embeddingWidth,
      take("embedding").data,
    );
    this.#embedding = { kind: "embedding", path: "embedding", block: null, module: table };
    sites.push(this.#embedding);
    this.#blocks = [0, 1].map((index): Block => {
      const path = `layer.${index}`;
      const width = index === 0 ? USE_LITE.embeddingWidth : USE_LITE.width;
      return {
        width,
        norm1: norm(`${path}.norm1`, index),
        query: linear(`${path}.attention.query`),
        key: linear(`${path}.attention.key`),
        value: linear(`${path}.attention.value`),
        attention: attention(`${path}.attention`, index, width),
        output: linear(`${path}.attention.output`),
        residual: index === 0 ? linear(`${path}.residual`) : null,
        norm2: norm(`${path}.norm2`, index),
        ffnIn: linear(`${path}.ffn.in`),
        ffnOut: linear(`${path}.ffn.out`),
      };
    });
    this.#pooler = linear("pooler");
    const headWidth = USE_LITE.width * (options.texts === 1 ? 1 : 4);
    const headModule = new Linear("head", headWidth, options.outputs, {
      weight: normal(headWidth * options.outputs, HEAD_STD, options.init),
      bias: zeros(options.outputs),
    });
    this.head = { kind: "linear", path: "head", role: "head", block: null, module: headModule };
    sites.push(this.head);
    this.sites = sites;
  }

  params(): readonly Param[] {
    return [...new Set(this.sites.flatMap((site) => site.module.params()))];
  }

  forward(inputs: Inputs, pass: Pass): Tensor {
    return applyLinear(this.head, this.features(inputs, pass), pass);
  }

  /** [B, 512] of one text, [B, 2048] of a pair. Inputs `ids` int32 and `mask`, 1 at a token: [B, T] or [B, 2, T]. */
  features(inputs: Inputs, pass: Pass): Tensor {
    const { ids, mask } = inputs;
    if (ids === undefined || mask === undefined)
      throw new Error("sentence encoder: inputs are `ids` and `mask`");
    if (this.#texts === 1) return this.#encode(ids, mask, pass);
    // Both texts of all pairs are rows of one pass, so that every site sees them once and is observed once.
    const [pairs = 0, texts = 0, tokens = 0] = ids.shape;
    const rows = [pairs * texts, tokens];
    const encoded = this.#encode(reshape(ids, rows), reshape(mask, rows), pass);
    const [u, v] = unstack(reshape(encoded, [pairs, texts, USE_LITE.width]), 1);
    if (u === undefined || v === undefined) throw new Error("sentence encoder: a pair has two texts");
    return concat([u, v, abs(sub(u, v)), mul(u, v)], 1);
  }

  /** [B, 512]: tanh of the pooled map of `ids` and `mask` [B, T]. */
  #encode(ids: Tensor, mask: Tensor, pass: Pass): Tensor {
    const [batch = 0, tokens = 0] = ids.shape;
    const rows = batch * tokens;
    const embedded = this.#embedding.module.apply(ids, pass);
    // The published graph adds the embedding to itself before the timing signal: 2 e + timing.
    let x: Tensor = reshape(add(add(embedded, embedded), timing(tokens)), [rows, USE_LITE.embeddingWidth]);
    const keyBias = reshape(mul(sub(1, mask), MASKED), [batch, 1, 1, tokens]);
    for (const block of this.#blocks) x = this.#block(block, x, keyBias, batch, tokens, pass);
    const total = sum(mul(reshape(x, [batch, tokens, USE_LITE.width]), expandDims(mask, 2)), 1);
    const pooled = div(total, maximum(sum(mask, 1, true), 1));
    return tanh(applyLinear(this.#pooler, pooled, pass));
  }

  #block(block: Block, x: Tensor, keyBias: Tensor, batch: number, tokens: number, pass: Pass): Tensor {
    const { width } = block;
    const perHead = width / USE_LITE.heads;
    const split = (y: Tensor) =>
      transpose(reshape(y, [batch, tokens, USE_LITE.heads, perHead]), [0, 2, 1, 3]);
    const normed = block.norm1.module.apply(x, pass);
    const query = split(mul(applyLinear(block.query, normed, pass), perHead ** -0.5));
    const key = split(applyLinear(block.key, normed, pass));
    const value = split(applyLinear(block.value, normed, pass));
    const heads = block.attention.module.apply({ query, key, value, bias: keyBias }, pass);
    const mixed = reshape(transpose(heads, [0, 2, 1, 3]), [batch * tokens, width]);
    const residual = block.residual === null ? x : applyLinear(block.residual, x, pass);
    const attended = add(applyLinear(block.output, mixed, pass), residual);
    const hidden = relu(applyLinear(block.ffnIn, block.norm2.module.apply(attended, pass), pass));
    return add(applyLinear(block.ffnOut, hidden, pass), attended);
  }

  /** `tokens` is the length of each text; both texts of a pair count. */
  multiplyAdds({ tokens = 0 }: ExampleShape): number {
    let total = 0;
    for (const site of this.sites) {
      if (site.kind !== "linear" || site === this.head) continue;
      // The pooler sees one row a text, the rest one a token.
      total += site.module.multiplyAdds() * (site.block === null ? 1 : tokens);
    }
    // Scores and mixing: two products of [T, width / heads] by [T, width / heads] a head.
    for (const block of this.#blocks) total += block.attention.module.multiplyAdds(tokens);
    return this.#texts * total + this.head.module.multiplyAdds();
  }

  dispose(): void {
    for (const param of this.params()) param.dispose();
  }
}

/** [T, 256]: sines then cosines of t / 10000^(j / 127), j = 0..127. */
function timing(tokens: number): Tensor {
  const half = USE_LITE.embeddingWidth / 2;
  const data = new Float32Array(tokens * USE_LITE.embeddingWidth);
  for (let t = 0; t < tokens; t++) {
    for (let j = 0; j < half; j++) {
      const angle = t * 10000 ** (-j / (half - 1));
      data[t * USE_LITE.embeddingWidth + j] = Math.sin(angle);
      data[t * USE_LITE.embeddingWidth + half + j] = Math.cos(angle);
    }
  }
  return tensor(data, [tokens, USE_LITE.embeddingWidth]);
}
