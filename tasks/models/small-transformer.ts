// A small transformer over words, from scratch: learned positions, two pre-norm blocks, norm, pooling, head. Site names and
// roles are those of the other transformers here, so that every method that knows them works on it.
import { add, mul, reshape, slice, sub, type Tensor } from "#harness/engine/tensor.ts";
import { gelu } from "#harness/nn/activations.ts";
import { dropout } from "#harness/nn/dropout.ts";
import { normal, ones, type Stream, zeros } from "#harness/nn/init.ts";
import type { ExampleShape, Inputs, Model } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";
import {
  applyLinear,
  type EmbeddingSite,
  type LinearPlace,
  type LinearSite,
  type NormSite,
  type PoolingSite,
  type Site,
} from "#harness/nn/site.ts";
import { blockPlaces, PreNormBlock, SiteMaker, type Weights } from "./clip-parts.ts";
import { disposeModel, freshHead, HEAD_PLACE } from "./image-sites.ts";
import { DROPOUT, meanPooling, type WordModelOptions, wordTable } from "./word-parts.ts";

export const SMALL_TRANSFORMER = {
  width: 128,
  heads: 4,
  ffnWidth: 256,
  blocks: 2,
  maxTokens: 128,
  epsilon: 1e-6,
} as const;

const MASKED = -1e9;
const POSITION_STD = 0.02;

const blocks = Array.from({ length: SMALL_TRANSFORMER.blocks }, (_, block) => ({
  block,
  path: `layer.${block}`,
}));

const ENCODER_PLACES: readonly LinearPlace[] = blocks.flatMap(({ path, block }) => blockPlaces(path, block));

/** Linear sites in model order. */
export const SMALL_TRANSFORMER_PLACES: readonly LinearPlace[] = [...ENCODER_PLACES, HEAD_PLACE];

/** Maps N(0, 1 / fanIn), positions N(0, 0.02^2), norms the identity. */
function freshWeights(init: Stream): Weights {
  const { width, ffnWidth, maxTokens } = SMALL_TRANSFORMER;
  const weights = new Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>();
  weights.set("position", {
    shape: [maxTokens, width],
    data: normal(maxTokens * width, POSITION_STD, init),
  });
  for (const path of [...blocks.flatMap(({ path }) => [`${path}.norm1`, `${path}.norm2`]), "norm"]) {
    weights.set(`${path}.weight`, { shape: [width], data: ones(width) });
    weights.set(`${path}.bias`, { shape: [width], data: zeros(width) });
  }
  for (const { path, role } of ENCODER_PLACES) {
    const fanIn = role === "ffn-out" ? ffnWidth : width;
    const fanOut = role === "ffn-in" ? ffnWidth : width;
    weights.set(`${path}.weight`, {
      shape: [fanIn, fanOut],
      data: normal(fanIn * fanOut, fanIn ** -0.5, init),
    });
    weights.set(`${path}.bias`, { shape: [fanOut], data: zeros(fanOut) });
  }
  return weights;
}

export class SmallTransformer implements Model {
  readonly sites: readonly Site[];
  readonly head: LinearSite;
  readonly #embedding: EmbeddingSite;
  readonly #position: Param;
  readonly #blocks: readonly PreNormBlock[];
  readonly #norm: NormSite;
  readonly #pooling: PoolingSite;

  constructor({ vocabulary, outputs, init }: WordModelOptions) {
    const { width, heads, epsilon } = SMALL_TRANSFORMER;
    this.#embedding = wordTable(vocabulary, width, init);
    const make = new SiteMaker(freshWeights(init), ENCODER_PLACES);
    this.#position = make.param("position", "embedding");
    this.#blocks = blocks.map(
      ({ path, block }) => new PreNormBlock(make, path, block, { heads, epsilon, activation: gelu }),
    );
    this.#norm = make.norm("norm", null, epsilon);
    this.#pooling = meanPooling(width);
    this.head = freshHead(width, outputs, init);
    this.sites = [this.#embedding, ...make.sites, this.#pooling, this.head];
  }

  params(): readonly Param[] {
    return [...this.sites.flatMap((site) => site.module.params()), this.#position];
  }

  forward(inputs: Inputs, pass: Pass): Tensor {
    return applyLinear(this.head, this.features(inputs, pass), pass);
  }

  /** What the pooling makes of the states, [B, 128] for the mean. Inputs `ids` int32 and `mask` [B, T], 1 at a word. */
  features({ ids, mask }: Inputs, pass: Pass): Tensor {
    if (ids === undefined || mask === undefined)
      throw new Error("small transformer: inputs are `ids` and `mask`");
    const { width } = SMALL_TRANSFORMER;
    const [batch = 0, tokens = 0] = ids.shape;
    const positions = slice(this.#position.variable, [0, 0], [tokens, width]);
    const embedded = dropout(add(this.#embedding.module.apply(ids, pass), positions), DROPOUT, pass);
    const keyBias = reshape(mul(sub(1, mask), MASKED), [batch, 1, 1, tokens]);
    let x: Tensor = reshape(embedded, [batch * tokens, width]);
    for (const block of this.#blocks) x = block.apply(x, batch, tokens, keyBias, pass);
    const states = reshape(this.#norm.module.apply(x, pass), [batch, tokens, width]);
    return dropout(this.#pooling.module.apply(states, mask, pass), DROPOUT, pass);
  }

  multiplyAdds({ tokens = 0 }: ExampleShape): number {
    return (
      this.#blocks.reduce((total, block) => total + block.multiplyAdds(tokens), 0) +
      this.#pooling.module.multiplyAdds(tokens) +
      this.head.module.multiplyAdds()
    );
  }

  dispose(): void {
    disposeModel(this);
  }
}
