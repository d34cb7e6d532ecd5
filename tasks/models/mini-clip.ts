// Mini-CLIP: a small image-text model made by scripts/backbones/mini-clip.ts. Pictures of 64 x 64 pixels go through a patch
// map, two convolutions and four transformer blocks; class texts, encoded by the frozen sentence encoder, through two maps.
import { add, mean, reshape, type Tensor, tensor } from "#harness/engine/tensor.ts";
import { gelu } from "#harness/nn/activations.ts";
import { applyConvolution, convMultiplyAdds } from "#harness/nn/conv-site.ts";
import { kaimingUniform, normal, ones, zeros } from "#harness/nn/init.ts";
import type { Inputs } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";
import {
  applyLinear,
  type LinearPlace,
  type LinearSite,
  type NormSite,
  type Site,
} from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import {
  blockPlaces,
  type ImageTower,
  PreNormBlock,
  place,
  SiteMaker,
  type TextTower,
  type Weights,
} from "./clip-parts.ts";

export const MINI_CLIP = {
  /** Side of a picture, pixels. */
  pixels: 64,
  width: 128,
  blocks: 4,
  heads: 4,
  ffnWidth: 512,
  /** Channels after the patch map and after each convolution. */
  channels: [48, 96, 128],
  /** Width of the sentence encoder's vectors and of the map behind them. */
  textWidth: 512,
  textHidden: 256,
} as const;

const EPSILON = 1e-6;
const PATCH = { size: 4, stride: 4, padding: 0 } as const;
const CONV = { size: 3, stride: 2, padding: 1 } as const;
const TOKENS = (MINI_CLIP.pixels / PATCH.stride / CONV.stride ** 2) ** 2;

/** Linear places of the image tower. */
export const MINI_CLIP_IMAGE: readonly LinearPlace[] = [
  place("image.patch", "conv"),
  place("image.conv.0", "conv"),
  place("image.conv.1", "conv"),
  ...Array.from({ length: MINI_CLIP.blocks }, (_, block) =>
    blockPlaces(`image.layer.${block}`, block),
  ).flat(),
  place("image.projection", "pooler"),
];

/** Linear places of the text tower. */
export const MINI_CLIP_TEXT: readonly LinearPlace[] = [place("text.in", "dense"), place("text.out", "dense")];

export class MiniClipImage implements ImageTower {
  readonly sites: readonly Site[];
  readonly own: readonly Param[];
  readonly width = MINI_CLIP.width;
  readonly #convs: readonly { readonly map: LinearSite; readonly norm: NormSite }[];
  readonly #position: Param;
  readonly #blocks: readonly PreNormBlock[];
  readonly #norm: NormSite;
  readonly #projection: LinearSite;

  constructor(weights: Weights) {
    const make = new SiteMaker(weights, MINI_CLIP_IMAGE);
    this.#convs = ["patch", "conv.0", "conv.1"].map((name) => ({
      map: make.linear(`image.${name}`),
      norm: make.norm(`image.${name}.norm`, null, EPSILON),
    }));
    this.#position = make.param("image.position", "embedding");
    const options = { heads: MINI_CLIP.heads, epsilon: EPSILON, activation: gelu };
    this.#blocks = Array.from(
      { length: MINI_CLIP.blocks },
      (_, block) => new PreNormBlock(make, `image.layer.${block}`, block, options),
    );
    this.#norm = make.norm("image.norm", null, EPSILON);
    this.#projection = make.linear("image.projection");
    this.sites = make.sites;
    this.own = make.own;
  }

  encode({ pixels }: Inputs, pass: Pass): Tensor {
    if (pixels === undefined) throw new Error("mini-CLIP: the input is `pixels`");
    const [batch = 0] = pixels.shape;
    let at: Tensor = pixels;
    for (const [index, { map, norm }] of this.#convs.entries())
      at = gelu(norm.module.apply(applyConvolution(map, at, index === 0 ? PATCH : CONV, pass), pass));
    const { width } = MINI_CLIP;
    const placed = add(reshape(at, [batch, TOKENS, width]), this.#position.variable);
    let x: Tensor = reshape(placed, [batch * TOKENS, width]);
    const bias = tensor([0], [1, 1, 1, 1]);
    for (const block of this.#blocks) x = block.apply(x, batch, TOKENS, bias, pass);
    const pooled = mean(reshape(this.#norm.module.apply(x, pass), [batch, TOKENS, width]), 1);
    return applyLinear(this.#projection, pooled, pass);
  }

  multiplyAdds(): number {
    let side: number = MINI_CLIP.pixels;
    let total = this.#projection.module.multiplyAdds();
    for (const [index, { map }] of this.#convs.entries()) {
      const windows = index === 0 ? PATCH : CONV;
      total += convMultiplyAdds(map, side, side, windows);
      side /= windows.stride;
    }
    return this.#blocks.reduce((sum, block) => sum + block.multiplyAdds(TOKENS), total);
  }
}

export class MiniClipText implements TextTower {
  readonly sites: readonly Site[];
  readonly own: readonly Param[] = [];
  readonly width = MINI_CLIP.width;
  readonly classes: number;
  /** The sentence encoder's vectors, [classes, textWidth], row-major: frozen. */
  readonly #vectors: Float32Array;
  readonly #in: LinearSite;
  readonly #out: LinearSite;

  constructor(weights: Weights, vectors: Float32Array) {
    const make = new SiteMaker(weights, MINI_CLIP_TEXT);
    this.#in = make.linear("text.in");
    this.#out = make.linear("text.out");
    this.sites = make.sites;
    this.#vectors = vectors;
    this.classes = vectors.length / MINI_CLIP.textWidth;
  }

  encode(pass: Pass): Tensor {
    return this.encodeRows(tensor(this.#vectors, [this.classes, MINI_CLIP.textWidth]), pass);
  }

  /** Any sentence vectors [rows, textWidth] to [rows, width]: pre-training has many texts, a task few. */
  encodeRows(vectors: Tensor, pass: Pass): Tensor {
    return applyLinear(this.#out, gelu(applyLinear(this.#in, vectors, pass)), pass);
  }

  multiplyAdds(): number {
    return this.#in.module.multiplyAdds() + this.#out.module.multiplyAdds();
  }
}

/** Weights before any training, for pre-training and for the control with a random net. */
export function freshMiniClip(init: Stream): Weights {
  const weights = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  const map = (path: string, fanIn: number, fanOut: number) => {
    weights.set(`${path}.weight`, {
      shape: [fanIn, fanOut],
      data: kaimingUniform(fanIn * fanOut, fanIn, 1, init),
    });
    weights.set(`${path}.bias`, { shape: [fanOut], data: zeros(fanOut) });
  };
  const norm = (path: string, width: number) => {
    weights.set(`${path}.weight`, { shape: [width], data: ones(width) });
    weights.set(`${path}.bias`, { shape: [width], data: zeros(width) });
  };
  const { channels, width, ffnWidth, textWidth, textHidden } = MINI_CLIP;
  const [first, second, third] = channels;
  map("image.patch", PATCH.size ** 2 * 3, first);
  norm("image.patch.norm", first);
  map("image.conv.0", CONV.size ** 2 * first, second);
  norm("image.conv.0.norm", second);
  map("image.conv.1", CONV.size ** 2 * second, third);
  norm("image.conv.1.norm", third);
  weights.set("image.position", { shape: [TOKENS, width], data: normal(TOKENS * width, 0.02, init) });
  for (let block = 0; block < MINI_CLIP.blocks; block++) {
    const path = `image.layer.${block}`;
    norm(`${path}.norm1`, width);
    for (const name of ["query", "key", "value", "output"]) map(`${path}.attention.${name}`, width, width);
    norm(`${path}.norm2`, width);
    map(`${path}.ffn.in`, width, ffnWidth);
    map(`${path}.ffn.out`, ffnWidth, width);
  }
  norm("image.norm", width);
  map("image.projection", width, width);
  map("text.in", textWidth, textHidden);
  map("text.out", textHidden, width);
  return weights;
}
