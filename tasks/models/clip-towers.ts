// OpenAI's CLIP (Radford et al. 2021): a vision transformer over patches and a causal transformer over class texts. Weights
// come under our names (clip-checkpoint.ts); every map, table and norm is a named site.
import {
  add,
  concat,
  gather,
  mul,
  reshape,
  sigmoid,
  slice,
  type Tensor,
  tensor,
  zeros,
} from "#harness/engine/tensor.ts";
import { applyConvolution, convMultiplyAdds } from "#harness/nn/conv-site.ts";
import { Embedding } from "#harness/nn/embedding.ts";
import type { Inputs } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";
import {
  applyLinear,
  type EmbeddingSite,
  type LinearPlace,
  type LinearSite,
  type NormSite,
  type Site,
} from "#harness/nn/site.ts";
import {
  blockPlaces,
  type ImageTower,
  PreNormBlock,
  place,
  SiteMaker,
  type TextTower,
  type Weights,
} from "./clip-parts.ts";

export interface ClipShape {
  /** Sides of a picture and of a patch, pixels. */
  readonly pixels: number;
  readonly patch: number;
  readonly image: { readonly blocks: number; readonly heads: number };
  readonly text: { readonly blocks: number; readonly heads: number };
}

const EPSILON = 1e-5;
const MASKED = -1e9;

/** x sigmoid(1.702 x): CLIP's own approximation of GELU. */
const quickGelu = (x: Tensor): Tensor => mul(x, sigmoid(mul(x, 1.702)));

/** Linear places of both towers. Blocks of the text tower are counted on from those of the image tower. */
export const clipPlaces = ({ image, text }: ClipShape): Record<"image" | "text", readonly LinearPlace[]> => ({
  image: [
    place("image.patch", "conv"),
    ...Array.from({ length: image.blocks }, (_, at) => blockPlaces(`image.layer.${at}`, at)).flat(),
    place("image.projection", "pooler"),
  ],
  text: [
    ...Array.from({ length: text.blocks }, (_, at) =>
      blockPlaces(`text.layer.${at}`, image.blocks + at),
    ).flat(),
    place("text.projection", "pooler"),
  ],
});

export class ClipImage implements ImageTower {
  readonly sites: readonly Site[];
  readonly own: readonly Param[];
  readonly width: number;
  readonly #shape: ClipShape;
  readonly #patch: LinearSite;
  readonly #classToken: Param;
  readonly #position: Param;
  readonly #before: NormSite;
  readonly #blocks: readonly PreNormBlock[];
  readonly #after: NormSite;
  readonly #projection: LinearSite;

  constructor(weights: Weights, shape: ClipShape) {
    this.#shape = shape;
    const make = new SiteMaker(weights, clipPlaces(shape).image);
    this.#patch = make.linear("image.patch");
    this.#classToken = make.param("image.class", "embedding");
    this.#position = make.param("image.position", "embedding");
    this.#before = make.norm("image.norm.before", null, EPSILON);
    const options = { heads: shape.image.heads, epsilon: EPSILON, activation: quickGelu };
    this.#blocks = Array.from(
      { length: shape.image.blocks },
      (_, at) => new PreNormBlock(make, `image.layer.${at}`, at, options),
    );
    this.#after = make.norm("image.norm.after", null, EPSILON);
    this.#projection = make.linear("image.projection");
    this.width = this.#projection.module.outFeatures;
    this.sites = make.sites;
    this.own = make.own;
  }

  get #windows() {
    return { size: this.#shape.patch, stride: this.#shape.patch, padding: 0 };
  }

  get #tokens(): number {
    return (this.#shape.pixels / this.#shape.patch) ** 2 + 1;
  }

  encode({ pixels }: Inputs, pass: Pass): Tensor {
    if (pixels === undefined) throw new Error("CLIP: the input is `pixels`");
    const [batch = 0] = pixels.shape;
    const width = this.#before.module.width;
    const tokens = this.#tokens;
    const patches = reshape(applyConvolution(this.#patch, pixels, this.#windows, pass), [batch, -1, width]);
    const first = add(zeros([batch, 1, width]), this.#classToken.variable);
    const placed = add(concat([first, patches], 1), this.#position.variable);
    let x: Tensor = this.#before.module.apply(reshape(placed, [batch * tokens, width]), pass);
    const bias = tensor([0], [1, 1, 1, 1]);
    for (const block of this.#blocks) x = block.apply(x, batch, tokens, bias, pass);
    const pooled = reshape(slice(reshape(x, [batch, tokens, width]), [0, 0, 0], [batch, 1, width]), [
      batch,
      width,
    ]);
    return applyLinear(this.#projection, this.#after.module.apply(pooled, pass), pass);
  }

  multiplyAdds(): number {
    const { pixels } = this.#shape;
    const ends =
      convMultiplyAdds(this.#patch, pixels, pixels, this.#windows) + this.#projection.module.multiplyAdds();
    return this.#blocks.reduce((sum, block) => sum + block.multiplyAdds(this.#tokens), ends);
  }
}

export class ClipText implements TextTower {
  readonly sites: readonly Site[];
  readonly own: readonly Param[];
  readonly width: number;
  readonly classes: number;
  readonly #ids: Int32Array;
  /** Tokens of the longest text: what comes after changes nothing, since attention looks back only. */
  readonly #tokens: number;
  /** Rows of [classes * tokens] at which the texts end. */
  readonly #ends: Int32Array;
  readonly #embedding: EmbeddingSite;
  readonly #position: Param;
  readonly #blocks: readonly PreNormBlock[];
  readonly #norm: NormSite;
  readonly #projection: LinearSite;

  /** `texts`: token ids of each class, begin and end tokens included. */
  constructor(weights: Weights, shape: ClipShape, texts: readonly (readonly number[])[]) {
    const make = new SiteMaker(weights, clipPlaces(shape).text);
    const table = make.take("text.embedding.weight");
    this.#embedding = {
      kind: "embedding",
      path: "text.embedding",
      block: null,
      module: new Embedding("text.embedding", table.shape[0] ?? 0, table.shape[1] ?? 0, table.data),
    };
    make.sites.push(this.#embedding);
    this.#position = make.param("text.position", "embedding");
    const options = { heads: shape.text.heads, epsilon: EPSILON, activation: quickGelu };
    this.#blocks = Array.from(
      { length: shape.text.blocks },
      (_, at) => new PreNormBlock(make, `text.layer.${at}`, shape.image.blocks + at, options),
    );
    this.#norm = make.norm("text.norm", null, EPSILON);
    this.#projection = make.linear("text.projection");
    this.width = this.#projection.module.outFeatures;
    this.sites = make.sites;
    this.own = make.own;
    this.classes = texts.length;
    this.#tokens = Math.max(...texts.map((ids) => ids.length));
    this.#ids = new Int32Array(this.classes * this.#tokens);
    for (const [row, ids] of texts.entries()) this.#ids.set(ids, row * this.#tokens);
    this.#ends = Int32Array.from(texts, (ids, row) => row * this.#tokens + ids.length - 1);
  }

  encode(pass: Pass): Tensor {
    const [classes, tokens, width] = [this.classes, this.#tokens, this.#norm.module.width];
    const ids = tensor(this.#ids, [classes, tokens], "int32");
    const positions = slice(this.#position.variable, [0, 0], [tokens, width]);
    const embedded = add(this.#embedding.module.apply(ids, pass), positions);
    let x: Tensor = reshape(embedded, [classes * tokens, width]);
    const bias = tensor(backwardOnly(tokens), [1, 1, tokens, tokens]);
    for (const block of this.#blocks) x = block.apply(x, classes, tokens, bias, pass);
    const ends = gather(x, tensor(this.#ends, [classes], "int32"));
    return applyLinear(this.#projection, this.#norm.module.apply(ends, pass), pass);
  }

  multiplyAdds(): number {
    return this.#blocks.reduce(
      (sum, block) => sum + block.multiplyAdds(this.#tokens),
      this.#projection.module.multiplyAdds(),
    );
  }
}

/** [tokens, tokens]: very negative where a token would look ahead. */
function backwardOnly(tokens: number): Float32Array {
  const bias = new Float32Array(tokens * tokens);
  for (let row = 0; row < tokens; row++) bias.fill(MASKED, row * tokens + row + 1, (row + 1) * tokens);
  return bias;
}
