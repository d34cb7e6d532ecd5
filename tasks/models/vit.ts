// A small vision transformer (Dosovitskiy et al. 2021): patches as tokens, learned positions, pre-norm blocks, norm, the
// mean over tokens, head. Its site names are those of the other transformers here, so that every method that knows them
// works on it. Where its weights come from: vit-weights.ts.
import { add, mean, reshape, scalar, type Tensor } from "#harness/engine/tensor.ts";
import { gelu } from "#harness/nn/activations.ts";
import { applyConvolution, convMultiplyAdds } from "#harness/nn/conv-site.ts";
import { normal, ones, zeros } from "#harness/nn/init.ts";
import type { ExampleShape, Inputs, Model } from "#harness/nn/model.ts";
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
import { blockPlaces, PreNormBlock, place, SiteMaker, type Weights } from "./clip-parts.ts";
import { disposeModel, freshHead, HEAD_PLACE } from "./image-sites.ts";

export const VIT_INPUT = { side: 32, channels: 3, scaling: "half" } as const;

export const VIT = { patch: 4, width: 96, heads: 4, ffnWidth: 192, blocks: 4, epsilon: 1e-6 } as const;

const TOKENS = (VIT_INPUT.side / VIT.patch) ** 2;
const WINDOWS = { size: VIT.patch, stride: VIT.patch, padding: 0 } as const;
const PATCH = place("patch", "conv");

const blockPath = (block: number) => `layer.${block}`;
const blockNumbers = Array.from({ length: VIT.blocks }, (_, block) => block);

const ENCODER_PLACES: readonly LinearPlace[] = [
  PATCH,
  ...blockNumbers.flatMap((block) => blockPlaces(blockPath(block), block)),
];

/** Linear sites in model order. */
export const VIT_PLACES: readonly LinearPlace[] = [...ENCODER_PLACES, HEAD_PLACE];

/**
 * Positions to start from, [tokens, width] row by row: sines and cosines of column and row (Beyer et al. 2022, "Better plain
 * ViT baselines"). They are as large as the patches' vectors; small random ones would first have to grow that large.
 */
function gridPositions(): Float32Array {
  const [side, quarter] = [Math.sqrt(TOKENS), VIT.width / 4];
  const positions = new Float32Array(TOKENS * VIT.width);
  for (let token = 0; token < TOKENS; token++) {
    for (let i = 0; i < quarter; i++) {
      const frequency = 10_000 ** (-i / (quarter - 1));
      const [across, down] = [frequency * (token % side), frequency * Math.floor(token / side)];
      const values = [Math.sin(across), Math.cos(across), Math.sin(down), Math.cos(down)];
      for (const [part, value] of values.entries()) positions[token * VIT.width + part * quarter + i] = value;
    }
  }
  return positions;
}

/** Weights to start pre-training from: maps N(0, 1 / fanIn), positions on a grid. */
export function freshVit(init: Stream): Weights {
  const { width, ffnWidth, patch } = VIT;
  const weights = new Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>();
  const map = (path: string, fanIn: number, fanOut: number) => {
    weights.set(`${path}.weight`, {
      shape: [fanIn, fanOut],
      data: normal(fanIn * fanOut, fanIn ** -0.5, init),
    });
    weights.set(`${path}.bias`, { shape: [fanOut], data: zeros(fanOut) });
  };
  const norm = (path: string) => {
    weights.set(`${path}.weight`, { shape: [width], data: ones(width) });
    weights.set(`${path}.bias`, { shape: [width], data: zeros(width) });
  };
  map(PATCH.path, patch * patch * VIT_INPUT.channels, width);
  weights.set("position", { shape: [TOKENS, width], data: gridPositions() });
  for (const block of blockNumbers) {
    const path = blockPath(block);
    norm(`${path}.norm1`);
    for (const { path: each, role } of blockPlaces(path, block)) {
      if (role === "ffn-in") norm(`${path}.norm2`);
      map(each, role === "ffn-out" ? ffnWidth : width, role === "ffn-in" ? ffnWidth : width);
    }
  }
  norm("norm");
  return weights;
}

export interface VitOptions {
  readonly weights: Weights;
  readonly outputs: number;
  readonly init: Stream;
}

export class VisionTransformer implements Model {
  readonly sites: readonly Site[];
  readonly head: LinearSite;
  readonly #patch: LinearSite;
  readonly #position: Param;
  readonly #blocks: readonly PreNormBlock[];
  readonly #norm: NormSite;

  constructor({ weights, outputs, init }: VitOptions) {
    const make = new SiteMaker(weights, ENCODER_PLACES);
    this.#patch = make.linear(PATCH.path);
    this.#position = make.param("position", "embedding");
    const options = { heads: VIT.heads, epsilon: VIT.epsilon, activation: gelu };
    this.#blocks = blockNumbers.map((block) => new PreNormBlock(make, blockPath(block), block, options));
    this.#norm = make.norm("norm", null, VIT.epsilon);
    this.head = freshHead(VIT.width, outputs, init);
    this.sites = [...make.sites, this.head];
  }

  params(): readonly Param[] {
    return [...this.sites.flatMap((site) => site.module.params()), this.#position];
  }

  forward(inputs: Inputs, pass: Pass): Tensor {
    return applyLinear(this.head, this.features(inputs, pass), pass);
  }

  /** [B, 96] of `pixels` [B, 32, 32, 3]. */
  features({ pixels }: Inputs, pass: Pass): Tensor {
    if (pixels === undefined) throw new Error("vision transformer: input is `pixels`");
    const batch = pixels.shape[0] ?? 0;
    const patches = reshape(applyConvolution(this.#patch, pixels, WINDOWS, pass), [batch, TOKENS, VIT.width]);
    let x: Tensor = reshape(add(patches, this.#position.variable), [batch * TOKENS, VIT.width]);
    // No token is padding.
    const bias = scalar(0);
    for (const block of this.#blocks) x = block.apply(x, batch, TOKENS, bias, pass);
    return mean(reshape(this.#norm.module.apply(x, pass), [batch, TOKENS, VIT.width]), 1);
  }

  /** Images have one size, whatever the shape says. */
  multiplyAdds(_: ExampleShape): number {
    const { side } = VIT_INPUT;
    return (
      convMultiplyAdds(this.#patch, side, side, WINDOWS) +
      this.#blocks.reduce((sum, block) => sum + block.multiplyAdds(TOKENS), 0) +
      this.head.module.multiplyAdds()
    );
  }

  dispose(): void {
    disposeModel(this);
  }
}
