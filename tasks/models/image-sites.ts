// How image models make their sites: places first, as constants, then a module at each.

import { BatchNorm } from "#harness/nn/batch-norm.ts";
import { normal, ones, zeros } from "#harness/nn/init.ts";
import { Linear } from "#harness/nn/linear.ts";
import { type Model, stateOf } from "#harness/nn/model.ts";
import type { LinearPlace, LinearSite, NormSite } from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import { place } from "./clip-parts.ts";

/** Initial head weights N(0, 0.02^2), as the sentence encoder's. */
const HEAD_STD = 0.02;

export const HEAD_PLACE: LinearPlace = place("head", "head", null);

/** A place with a fresh map: N(0, 2 / fanIn), for ReLU (He et al. 2015). */
export const freshMap = (
  at: LinearPlace,
  fanIn: number,
  fanOut: number,
  options: { readonly bias: boolean; readonly init: Stream },
): LinearSite => ({
  ...at,
  module: new Linear(at.path, fanIn, fanOut, {
    weight: normal(fanIn * fanOut, Math.sqrt(2 / fanIn), options.init),
    bias: options.bias ? zeros(fanOut) : null,
  }),
});

export const freshHead = (fanIn: number, outputs: number, init: Stream): LinearSite => ({
  ...HEAD_PLACE,
  module: new Linear("head", fanIn, outputs, {
    weight: normal(fanIn * outputs, HEAD_STD, init),
    bias: zeros(outputs),
  }),
});

export const freshBatchNorm = (path: string, block: number | null, width: number): NormSite => ({
  kind: "norm",
  path,
  block,
  module: new BatchNorm(path, width, { gain: ones(width), shift: zeros(width) }),
});

/** Releases parameters and state. */
export function disposeModel(model: Model): void {
  for (const param of [...model.params(), ...stateOf(model)]) param.dispose();
}
