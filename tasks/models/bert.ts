// BERT (Devlin et al. 2019) and RoBERTa (Liu et al. 2019) as classifiers: embeddings with a norm, post-norm blocks, tanh of
// a map of the first token's state, head. Sites and roles are those of the other text models, so that every method that
// knows them works on it. Where weights come from is not known here.
import {
  add,
  gather,
  mul,
  reshape,
  slice,
  sub,
  type Tensor,
  tanh,
  tensor,
  transpose,
} from "#harness/engine/tensor.ts";
import { gelu } from "#harness/nn/activations.ts";
import { dropout } from "#harness/nn/dropout.ts";
import { Embedding } from "#harness/nn/embedding.ts";
import { normal, type Stream, zeros } from "#harness/nn/init.ts";
import type { ExampleShape, Inputs, Model } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";
import {
  type AttentionSite,
  applyLinear,
  type EmbeddingSite,
  type LinearPlace,
  type LinearSite,
  type NormSite,
  type Site,
} from "#harness/nn/site.ts";
import type { BertShape } from "./bert-checkpoint.ts";
import { blockPlaces, place, SiteMaker, type Weights } from "./clip-parts.ts";
import { disposeModel, freshHead, HEAD_PLACE } from "./image-sites.ts";

/** After embeddings, attention and feed-forward maps and before the head; weights of attention are left whole. */
const DROPOUT = 0.1;
/** A new pooler's weights N(0, 0.02^2), as all of BERT's at its start. */
const POOLER_STD = 0.02;
const MASKED = -1e9;

const pathOf = (block: number): string => `layer.${block}`;

/** Linear sites in model order. */
export const bertPlaces = ({ blocks }: Pick<BertShape, "blocks">): readonly LinearPlace[] => [
  ...Array.from({ length: blocks }, (_, block) => blockPlaces(pathOf(block), block)).flat(),
  place("pooler", "pooler"),
  HEAD_PLACE,
];

/** norm(x + attention(x)), then norm(x + ffn(x)). */
class PostNormBlock {
  readonly #maps: Readonly<Record<"query" | "key" | "value" | "output" | "in" | "out", LinearSite>>;
  readonly #attention: AttentionSite;
  readonly #norm1: NormSite;
  readonly #norm2: NormSite;
  readonly #shape: BertShape;

  constructor(make: SiteMaker, block: number, shape: BertShape) {
    this.#shape = shape;
    const path = pathOf(block);
    const query = make.linear(`${path}.attention.query`);
    const key = make.linear(`${path}.attention.key`);
    const value = make.linear(`${path}.attention.value`);
    this.#attention = make.attention(`${path}.attention`, block, shape.width);
    const output = make.linear(`${path}.attention.output`);
    this.#norm1 = make.norm(`${path}.norm1`, block, shape.epsilon);
    const into = make.linear(`${path}.ffn.in`);
    this.#maps = { query, key, value, output, in: into, out: make.linear(`${path}.ffn.out`) };
    this.#norm2 = make.norm(`${path}.norm2`, block, shape.epsilon);
  }

  /** x [batch * tokens, width]; `bias` [batch, 1, 1, tokens] is added to the scores. */
  apply(x: Tensor, batch: number, tokens: number, bias: Tensor, pass: Pass): Tensor {
    const { heads, width } = this.#shape;
    const { query, key, value, output, in: into, out } = this.#maps;
    const perHead = width / heads;
    const split = (y: Tensor) => transpose(reshape(y, [batch, tokens, heads, perHead]), [0, 2, 1, 3]);
    const mixed = this.#attention.module.apply(
      {
        query: split(mul(applyLinear(query, x, pass), perHead ** -0.5)),
        key: split(applyLinear(key, x, pass)),
        value: split(applyLinear(value, x, pass)),
        bias,
      },
      pass,
    );
    const joined = reshape(transpose(mixed, [0, 2, 1, 3]), [batch * tokens, width]);
    const attended = dropout(applyLinear(output, joined, pass), DROPOUT, pass);
    const middle = this.#norm1.module.apply(add(x, attended), pass);
    const hidden = gelu(applyLinear(into, middle, pass));
    return this.#norm2.module.apply(
      add(middle, dropout(applyLinear(out, hidden, pass), DROPOUT, pass)),
      pass,
    );
  }

  multiplyAdds(tokens: number): number {
    const maps = Object.values(this.#maps).reduce((total, { module }) => total + module.multiplyAdds(), 0);
    return tokens * maps + this.#attention.module.multiplyAdds(tokens);
  }
}

export interface BertOptions {
  readonly weights: Weights;
  readonly shape: BertShape;
  readonly outputs: number;
  readonly init: Stream;
}

export class BertClassifier implements Model {
  readonly sites: readonly Site[];
  readonly head: LinearSite;
  readonly #shape: BertShape;
  readonly #words: EmbeddingSite;
  readonly #position: Param;
  readonly #type: Param;
  readonly #norm: NormSite;
  readonly #blocks: readonly PostNormBlock[];
  readonly #pooler: LinearSite;

  constructor({ weights, shape, outputs, init }: BertOptions) {
    const { width, vocabulary, blocks, epsilon } = shape;
    this.#shape = shape;
    const make = new SiteMaker(
      shape.pooler === "stored" ? weights : new Map([...weights, ...freshPooler(width, init)]),
      bertPlaces(shape),
    );
    const table = new Embedding("embedding", vocabulary, width, make.take("embedding.weight").data);
    this.#words = { kind: "embedding", path: "embedding", block: null, module: table };
    this.#position = make.param("embedding.position", "embedding");
    this.#type = make.param("embedding.type", "embedding");
    this.#norm = make.norm("embedding.norm", null, epsilon);
    this.#blocks = Array.from({ length: blocks }, (_, block) => new PostNormBlock(make, block, shape));
    this.#pooler = make.linear("pooler");
    this.head = freshHead(width, outputs, init);
    this.sites = [this.#words, ...make.sites, this.head];
  }

  params(): readonly Param[] {
    return [...this.sites.flatMap((site) => site.module.params()), this.#position, this.#type];
  }

  forward(inputs: Inputs, pass: Pass): Tensor {
    return applyLinear(this.head, this.features(inputs, pass), pass);
  }

  /** [B, width]: tanh of the pooler's map of the first token's state. Inputs as of `states`. */
  features(inputs: Inputs, pass: Pass): Tensor {
    const states = this.states(inputs, pass);
    const [batch = 0] = states.shape;
    const { width } = this.#shape;
    const first = reshape(slice(states, [0, 0, 0], [batch, 1, width]), [batch, width]);
    return dropout(tanh(applyLinear(this.#pooler, first, pass)), DROPOUT, pass);
  }

  /**
   * Last states [B, T, width] of texts padded at their ends. Inputs `ids` int32 and `mask`, 1 at a token, [B, T], and where
   * the model tells the texts of a pair apart `types` int32 [B, T]: 1 at the tokens of the second. Left out: all are 0.
   */
  states({ ids, mask, types }: Inputs, pass: Pass): Tensor {
    if (ids === undefined || mask === undefined) throw new Error("bert: inputs are `ids` and `mask`");
    const { width, firstPosition } = this.#shape;
    const [batch = 0, tokens = 0] = ids.shape;
    const positions = slice(this.#position.variable, [firstPosition, 0], [tokens, width]);
    const kinds = gather(
      this.#type.variable,
      types !== undefined && this.#shape.types > 1 ? types : tensor(new Int32Array(1), [1, 1], "int32"),
    );
    const embedded = add(add(this.#words.module.apply(ids, pass), positions), kinds);
    const bias = reshape(mul(sub(1, mask), MASKED), [batch, 1, 1, tokens]);
    const rows = reshape(embedded, [batch * tokens, width]);
    let x = dropout(this.#norm.module.apply(rows, pass), DROPOUT, pass);
    for (const block of this.#blocks) x = block.apply(x, batch, tokens, bias, pass);
    return reshape(x, [batch, tokens, width]);
  }

  /** `tokens` is the length of the text, or of both texts of a pair with their marks. */
  multiplyAdds({ tokens = 0 }: ExampleShape): number {
    return (
      this.#blocks.reduce((total, block) => total + block.multiplyAdds(tokens), 0) +
      this.#pooler.module.multiplyAdds() +
      this.head.module.multiplyAdds()
    );
  }

  dispose(): void {
    disposeModel(this);
  }
}

const freshPooler = (width: number, init: Stream): Weights =>
  new Map([
    ["pooler.weight", { shape: [width, width], data: normal(width * width, POOLER_STD, init) }],
    ["pooler.bias", { shape: [width], data: zeros(width) }],
  ]);
