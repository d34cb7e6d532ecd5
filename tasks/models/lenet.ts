// A LeNet-like network for small grey images: two 5 by 5 convolutions with pooling, two dense layers, head. Widths are those
// of LeNet-5 (LeCun et al. 1998, section II.B); ReLU and maximum take the place of its squashing and its trained averages,
// and every map of the second convolution sees all of the first.
import { relu, reshape, type Tensor } from "#harness/engine/tensor.ts";
import { imageShape, type Windows } from "#harness/nn/conv-rows.ts";
import { applyConvolution, convMultiplyAdds } from "#harness/nn/conv-site.ts";
import type { ExampleShape, Inputs, Model } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";
import { halveByMax } from "#harness/nn/pool.ts";
import { applyLinear, type LinearPlace, type LinearSite } from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import { place } from "./clip-parts.ts";
import { disposeModel, freshHead, freshMap, HEAD_PLACE } from "./image-sites.ts";

export const LENET_INPUT = { side: 28, channels: 1, scaling: "training" } as const;

const CONV1 = place("conv.0", "conv", 0);
const CONV2 = place("conv.1", "conv", 1);
const DENSE1 = place("dense.0", "dense", 2);
const DENSE2 = place("dense.1", "dense", 3);

/** Linear sites in model order. */
export const LENET_PLACES: readonly LinearPlace[] = [CONV1, CONV2, DENSE1, DENSE2, HEAD_PLACE];

/** The first one keeps the 28 pixels, which is LeNet-5's canvas of 32 without it. */
const FIRST: Windows = { size: 5, stride: 1, padding: 2 };
const SECOND: Windows = { size: 5, stride: 1, padding: 0 };
/** Pixels along a side that enter each convolution, and the numbers that enter the dense layers: 5 by 5 pixels, 16 maps. */
const SIDES = [28, 14] as const;
const FLAT = 5 * 5 * 16;

export class LeNet implements Model {
  readonly sites: readonly LinearSite[];
  readonly head: LinearSite;
  readonly #conv1: LinearSite;
  readonly #conv2: LinearSite;
  readonly #dense: readonly LinearSite[];

  constructor({ outputs, init }: { readonly outputs: number; readonly init: Stream }) {
    const fresh = { bias: true, init };
    this.#conv1 = freshMap(CONV1, 5 * 5, 6, fresh);
    this.#conv2 = freshMap(CONV2, 5 * 5 * 6, 16, fresh);
    this.#dense = [freshMap(DENSE1, FLAT, 120, fresh), freshMap(DENSE2, 120, 84, fresh)];
    this.head = freshHead(84, outputs, init);
    this.sites = [this.#conv1, this.#conv2, ...this.#dense, this.head];
  }

  params(): readonly Param[] {
    return this.sites.flatMap((site) => site.module.params());
  }

  forward(inputs: Inputs, pass: Pass): Tensor {
    return applyLinear(this.head, this.features(inputs, pass), pass);
  }

  /** [B, 84] of `pixels` [B, 28, 28, 1]. */
  features({ pixels }: Inputs, pass: Pass): Tensor {
    if (pixels === undefined) throw new Error("LeNet: input is `pixels`");
    const [batch] = imageShape(pixels);
    const first = halveByMax(relu(applyConvolution(this.#conv1, pixels, FIRST, pass)));
    const second = halveByMax(relu(applyConvolution(this.#conv2, first, SECOND, pass)));
    const flat: Tensor = reshape(second, [batch, FLAT]);
    return this.#dense.reduce((x, site) => relu(applyLinear(site, x, pass)), flat);
  }

  /** Images have one size, whatever the shape says. */
  multiplyAdds(_: ExampleShape): number {
    const maps = [...this.#dense, this.head].reduce((sum, { module }) => sum + module.multiplyAdds(), 0);
    return (
      convMultiplyAdds(this.#conv1, SIDES[0], SIDES[0], FIRST) +
      convMultiplyAdds(this.#conv2, SIDES[1], SIDES[1], SECOND) +
      maps
    );
  }

  dispose(): void {
    disposeModel(this);
  }
}
