// A perceptron with two hidden layers: three matrix products and little else, so per-step overhead shows.
import { relu } from "#harness/engine/tensor.ts";
import { softmaxCrossEntropy } from "#harness/nn/losses.ts";
import { inputAt, integers, linear, numbers, type PerfSpec } from "./model.ts";

const BATCH = 128;
const CLASSES = 10;

export const mlp: PerfSpec = {
  id: "mlp",
  what: "128-512-512-10, ReLU, batch 128",
  make(init) {
    const first = linear("first", 128, 512, init);
    const second = linear("second", 512, 512, init);
    const head = linear("head", 512, CLASSES, init);
    return {
      params: [first, second, head].flatMap((map) => map.params()),
      batch: (random) => [numbers([BATCH, 128], random), integers([BATCH], CLASSES, random)],
      loss(inputs) {
        const hidden = relu(second.apply(relu(first.apply(inputAt(inputs, 0)))));
        return softmaxCrossEntropy(head.apply(hidden), inputAt(inputs, 1));
      },
    };
  },
};
