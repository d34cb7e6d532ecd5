// DeepFM (Guo et al. 2017) on 26 categorical fields: first-order weights, pairwise products of embeddings, and a perceptron.
import { add, mul, relu, reshape, square, sub, sum } from "#harness/engine/tensor.ts";
import { Embedding } from "#harness/nn/embedding.ts";
import { uniform } from "#harness/nn/init.ts";
import { sigmoidCrossEntropy } from "#harness/nn/losses.ts";
import { type HostInput, inputAt, linear, type PerfSpec } from "./model.ts";

const BATCH = 1024;
const FIELDS = 26;
const ROWS_A_FIELD = 1000;
const ROWS = FIELDS * ROWS_A_FIELD;
const WIDTH = 16;

export const deepfm: PerfSpec = {
  id: "deepfm",
  what: "26 fields of 1000 values, width 16, MLP 128-128, batch 1024",
  make(init) {
    const table = new Embedding("table", ROWS, WIDTH, uniform(ROWS * WIDTH, 0.1, init));
    const single = new Embedding("single", ROWS, 1, uniform(ROWS, 0.1, init));
    const first = linear("first", FIELDS * WIDTH, 128, init);
    const second = linear("second", 128, 128, init);
    const head = linear("head", 128, 1, init);
    return {
      params: [table, single, first, second, head].flatMap((module) => module.params()),
      batch(random) {
        const data = new Int32Array(BATCH * FIELDS);
        for (let i = 0; i < data.length; i++)
          data[i] = (i % FIELDS) * ROWS_A_FIELD + random.integer(ROWS_A_FIELD);
        const clicks: HostInput = {
          data: Float32Array.from({ length: BATCH }, () => random.integer(2)),
          shape: [BATCH, 1],
        };
        return [{ data, shape: [BATCH, FIELDS] }, clicks];
      },
      loss(inputs) {
        const ids = inputAt(inputs, 0);
        const embedded = table.apply(ids);
        // Half of (square of sum - sum of squares) is the sum over pairs of fields.
        const pairs = sub(square(sum(embedded, 1)), sum(square(embedded), 1));
        const products = mul(sum(pairs, 1, true), 0.5);
        const flat = reshape(embedded, [BATCH, FIELDS * WIDTH]);
        const deep = head.apply(relu(second.apply(relu(first.apply(flat)))));
        const scores = add(add(sum(single.apply(ids), 1), products), deep);
        return sigmoidCrossEntropy(scores, inputAt(inputs, 1));
      },
    };
  },
};
