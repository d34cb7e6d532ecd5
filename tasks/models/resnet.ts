// The residual networks for 32 by 32 images (He et al. 2016, section 4.2): a 3 by 3 convolution, three stages of n blocks
// with 16, 32 and 64 filters, the mean over all pixels, head; 6 n + 2 weighted layers. Shortcuts are those of option A: the
// image at every second pixel, new channels zero, no parameter.
import { add, pad, relu, reshape, slice, type Tensor } from "#harness/engine/tensor.ts";
import { imageShape, type Windows } from "#harness/nn/conv-rows.ts";
import { applyConvolution, convMultiplyAdds } from "#harness/nn/conv-site.ts";
import type { ExampleShape, Inputs, Model } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";
import { averagePixels } from "#harness/nn/pool.ts";
import {
  applyLinear,
  type LinearPlace,
  type LinearSite,
  type NormSite,
  type Site,
} from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import { place } from "./clip-parts.ts";
import { disposeModel, freshBatchNorm, freshHead, freshMap, HEAD_PLACE } from "./image-sites.ts";

export const RESNET_INPUT = { side: 32, channels: 3, scaling: "training" } as const;

/** Filters of each stage; each but the first halves the image. */
const STAGES = [16, 32, 64] as const;
const SIZE = 3;
const windows = (stride: number): Windows => ({ size: SIZE, stride, padding: 1 });

const STEM = place("stem", "conv", null);

interface BlockForm {
  readonly first: LinearPlace;
  readonly second: LinearPlace;
  readonly index: number;
  readonly channels: number;
  readonly filters: number;
  readonly stride: 1 | 2;
  /** Pixels along a side that enter it. */
  readonly side: number;
}

/** Blocks in order, `perStage` a stage. */
const blockForms = (perStage: number): readonly BlockForm[] =>
  STAGES.flatMap((filters, stage) =>
    Array.from({ length: perStage }, (_, i): BlockForm => {
      const index = stage * perStage + i;
      const enters = i === 0 && stage > 0;
      return {
        first: place(`block.${index}.conv.0`, "conv", index),
        second: place(`block.${index}.conv.1`, "conv", index),
        index,
        channels: enters ? (STAGES[stage - 1] ?? filters) : filters,
        filters,
        stride: enters ? 2 : 1,
        side: RESNET_INPUT.side / 2 ** (enters ? stage - 1 : stage),
      };
    }),
  );

/** Linear sites in model order. */
export const resnetPlaces = (perStage: number): readonly LinearPlace[] => [
  STEM,
  ...blockForms(perStage).flatMap(({ first, second }) => [first, second]),
  HEAD_PLACE,
];

/** A convolution and the normalisation behind it. */
interface Unit {
  readonly conv: LinearSite;
  readonly norm: NormSite;
}

interface Block extends BlockForm {
  readonly units: readonly [Unit, Unit];
}

export class ResNet implements Model {
  readonly sites: readonly Site[];
  readonly head: LinearSite;
  readonly #stem: Unit;
  readonly #blocks: readonly Block[];

  /** `perStage`: n, 3 for ResNet-20. */
  constructor({
    perStage,
    outputs,
    init,
  }: { readonly perStage: number; readonly outputs: number; readonly init: Stream }) {
    const unit = (at: LinearPlace, channels: number, filters: number): Unit => ({
      conv: freshMap(at, SIZE * SIZE * channels, filters, { bias: false, init }),
      norm: freshBatchNorm(`${at.path}.norm`, at.block, filters),
    });
    this.#stem = unit(STEM, RESNET_INPUT.channels, STAGES[0]);
    this.#blocks = blockForms(perStage).map((form) => ({
      ...form,
      units: [unit(form.first, form.channels, form.filters), unit(form.second, form.filters, form.filters)],
    }));
    this.head = freshHead(STAGES[2], outputs, init);
    const units = [this.#stem, ...this.#blocks.flatMap(({ units }) => units)];
    this.sites = [...units.flatMap(({ conv, norm }) => [conv, norm]), this.head];
  }

  params(): readonly Param[] {
    return this.sites.flatMap((site) => site.module.params());
  }

  forward(inputs: Inputs, pass: Pass): Tensor {
    return applyLinear(this.head, this.features(inputs, pass), pass);
  }

  /** [B, 64] of `pixels` [B, 32, 32, 3]. */
  features({ pixels }: Inputs, pass: Pass): Tensor {
    if (pixels === undefined) throw new Error("ResNet: input is `pixels`");
    const run = ({ conv, norm }: Unit, x: Tensor, stride: number): Tensor =>
      norm.module.apply(applyConvolution(conv, x, windows(stride), pass), pass);
    let x = relu(run(this.#stem, pixels, 1));
    for (const { units, stride, filters } of this.#blocks) {
      const inner = relu(run(units[0], x, stride));
      x = relu(add(run(units[1], inner, 1), stride === 1 ? x : shortcut(x, filters)));
    }
    return averagePixels(x);
  }

  /** Images have one size, whatever the shape says. */
  multiplyAdds(_: ExampleShape): number {
    const { side } = RESNET_INPUT;
    const inBlocks = this.#blocks.reduce(
      (sum, { units, side: from, stride }) =>
        sum +
        convMultiplyAdds(units[0].conv, from, from, windows(stride)) +
        convMultiplyAdds(units[1].conv, from / stride, from / stride, windows(1)),
      0,
    );
    return (
      convMultiplyAdds(this.#stem.conv, side, side, windows(1)) + inBlocks + this.head.module.multiplyAdds()
    );
  }

  dispose(): void {
    disposeModel(this);
  }
}

/** Option A: every second pixel of x [B, H, W, C], then zeros up to `filters` channels. H and W are even. */
function shortcut(x: Tensor, filters: number): Tensor {
  const [batch, height, width, channels] = imageShape(x);
  const pairs = reshape(x, [batch, height / 2, 2, width / 2, 2, channels]);
  const corners = slice(pairs, [0, 0, 0, 0, 0, 0], [batch, height / 2, 1, width / 2, 1, channels]);
  return pad(reshape(corners, [batch, height / 2, width / 2, channels]), [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, filters - channels],
  ]);
}
