// Three 3x3 convolutions with two max-pools and a classifier on 32 x 32 images, channels last.
import { add, conv2d, maxPool, relu, reshape, type Tensor, type Tensor4D } from "#harness/engine/tensor.ts";
import { uniform, zeros } from "#harness/nn/init.ts";
import { softmaxCrossEntropy } from "#harness/nn/losses.ts";
import { Param } from "#harness/nn/param.ts";
import type { Stream } from "#harness/random/stream.ts";
import { inputAt, integers, linear, numbers, type PerfSpec } from "./model.ts";

const BATCH = 32;
const SIDE = 32;
const CLASSES = 10;

function convolution(path: string, channels: number, filters: number, init: Stream) {
  const shape = [3, 3, channels, filters];
  const values = uniform(9 * channels * filters, (9 * channels) ** -0.5, init);
  const weight = new Param(`${path}.weight`, shape, values, { role: "matrix" });
  const bias = new Param(`${path}.bias`, [filters], zeros(filters), { role: "bias" });
  const apply = (x: Tensor): Tensor =>
    relu(add(conv2d(x as Tensor4D, weight.variable as unknown as Tensor4D, 1, "same"), bias.variable));
  return { params: [weight, bias], apply };
}

const halve = (x: Tensor): Tensor => maxPool(x as Tensor4D, 2, 2, "valid");

export const cnn: PerfSpec = {
  id: "cnn",
  what: "3 convolutions 3x3 (32, 64, 64), ReLU, 2 max-pools, 32 x 32 x 3, batch 32",
  make(init) {
    const first = convolution("first", 3, 32, init);
    const second = convolution("second", 32, 64, init);
    const third = convolution("third", 64, 64, init);
    const head = linear("head", (SIDE / 4) ** 2 * 64, CLASSES, init);
    return {
      params: [...first.params, ...second.params, ...third.params, ...head.params()],
      batch: (random) => [numbers([BATCH, SIDE, SIDE, 3], random), integers([BATCH], CLASSES, random)],
      loss(inputs) {
        const pooled = halve(second.apply(first.apply(inputAt(inputs, 0))));
        const features = reshape(halve(third.apply(pooled)), [BATCH, head.inFeatures]);
        return softmaxCrossEntropy(head.apply(features), inputAt(inputs, 1));
      },
    };
  },
};
