// A bidirectional GRU (Cho et al. 2014, in the form of PyTorch and cuDNN) over embedded tokens, unrolled step by step:
// many small operations one after another.
import {
  add,
  concat,
  matMul,
  mul,
  reshape,
  reverse,
  sigmoid,
  split,
  sub,
  type Tensor,
  tanh,
  unstack,
  zeros as zeroTensor,
} from "#harness/engine/tensor.ts";
import { Embedding } from "#harness/nn/embedding.ts";
import { uniform, zeros } from "#harness/nn/init.ts";
import { softmaxCrossEntropy } from "#harness/nn/losses.ts";
import { Param } from "#harness/nn/param.ts";
import type { Stream } from "#harness/random/stream.ts";
import { inputAt, integers, linear, type PerfSpec } from "./model.ts";

const BATCH = 32;
const STEPS = 32;
const WIDTH = 128;
const HIDDEN = 128;
const VOCABULARY = 2000;
const CLASSES = 10;

function direction(suffix: string, init: Stream) {
  const matrix = (name: string, rows: number) => {
    const values = uniform(rows * 3 * HIDDEN, HIDDEN ** -0.5, init);
    return new Param(`gru.${name}_l0${suffix}`, [rows, 3 * HIDDEN], values, { role: "matrix" });
  };
  const bias = (name: string) =>
    new Param(`gru.${name}_l0${suffix}`, [3 * HIDDEN], zeros(3 * HIDDEN), { role: "bias" });
  const ofInput = matrix("weight_ih", WIDTH);
  const ofState = matrix("weight_hh", HIDDEN);
  const inputBias = bias("bias_ih");
  const stateBias = bias("bias_hh");
  /** The state after the last step, [BATCH, HIDDEN]; `x` [STEPS, BATCH, WIDTH] in the order it is read. */
  const run = (x: Tensor): Tensor => {
    const flat = reshape(x, [STEPS * BATCH, WIDTH]);
    const projected = add(matMul(flat, ofInput.variable), inputBias.variable);
    let state: Tensor = zeroTensor([BATCH, HIDDEN]);
    for (const fromInput of unstack(reshape(projected, [STEPS, BATCH, 3 * HIDDEN]))) {
      const fromState = add(matMul(state, ofState.variable), stateBias.variable);
      const [inputGates, inputNew] = split(fromInput, [2 * HIDDEN, HIDDEN], 1);
      const [stateGates, stateNew] = split(fromState, [2 * HIDDEN, HIDDEN], 1);
      if (!inputGates || !inputNew || !stateGates || !stateNew) throw new Error("split into two");
      const [reset, update] = split(sigmoid(add(inputGates, stateGates)), 2, 1);
      if (!reset || !update) throw new Error("split into two");
      const fresh = tanh(add(inputNew, mul(reset, stateNew)));
      state = add(fresh, mul(update, sub(state, fresh)));
    }
    return state;
  };
  return { params: [ofInput, ofState, inputBias, stateBias], run };
}

export const gru: PerfSpec = {
  id: "gru",
  what: "bidirectional, width 128, hidden 128, 32 steps, batch 32",
  make(init) {
    const table = new Embedding("table", VOCABULARY, WIDTH, uniform(VOCABULARY * WIDTH, 0.1, init));
    const forward = direction("", init);
    const backward = direction("_reverse", init);
    const head = linear("head", 2 * HIDDEN, CLASSES, init);
    return {
      params: [...table.params(), ...forward.params, ...backward.params, ...head.params()],
      batch: (random) => [integers([STEPS, BATCH], VOCABULARY, random), integers([BATCH], CLASSES, random)],
      loss(inputs) {
        const x = table.apply(inputAt(inputs, 0));
        const states = concat([forward.run(x), backward.run(reverse(x, 0))], 1);
        return softmaxCrossEntropy(head.apply(states), inputAt(inputs, 1));
      },
    };
  },
};
