// A bag of embeddings over a large table: almost no arithmetic, a dense gradient and a dense Adam step of 6.4 M numbers.
import { mean, type Tensor } from "#harness/engine/tensor.ts";
import { Embedding } from "#harness/nn/embedding.ts";
import { uniform } from "#harness/nn/init.ts";
import { softmaxCrossEntropy } from "#harness/nn/losses.ts";
import { inputAt, integers, linear, type PerfSpec } from "./model.ts";

const BATCH = 256;
const TOKENS = 20;
const ROWS = 100_000;
const WIDTH = 64;
const CLASSES = 10;

export const embedding: PerfSpec = {
  id: "embedding",
  what: "table 100 000 x 64, mean of 20 rows, batch 256",
  make(init) {
    const table = new Embedding("table", ROWS, WIDTH, uniform(ROWS * WIDTH, 0.1, init));
    const head = linear("head", WIDTH, CLASSES, init);
    return {
      params: [...table.params(), ...head.params()],
      batch: (random) => [integers([BATCH, TOKENS], ROWS, random), integers([BATCH], CLASSES, random)],
      loss(inputs) {
        const bags: Tensor = mean(table.apply(inputAt(inputs, 0)), 1);
        return softmaxCrossEntropy(head.apply(bags), inputAt(inputs, 1));
      },
    };
  },
};
