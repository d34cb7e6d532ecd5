// Gated recurrent units (Cho et al. 2014) in the form of cuDNN and PyTorch, where the reset gate acts after the product with
// the state. The gradient through time is written by hand: one recurrence of five small operations a step, everything else
// over all steps at once. Of the forward pass it keeps the projected inputs and the states, where plain operations keep ten
// arrays. Its maps stand at linear sites, so that methods may exchange them; what they start from is the model's matter.
import {
  add,
  concat,
  customGrad,
  eye,
  type GradSaveFunc,
  matMul,
  mul,
  reshape,
  reverse,
  sigmoid,
  slice,
  split,
  stack,
  sub,
  sum,
  type Tensor,
  tanh,
  unstack,
  zeros,
} from "#harness/engine/tensor.ts";
import type { LinearModule } from "./module.ts";
import type { Pass } from "./pass.ts";
import { savedTensors } from "./saved.ts";
import { applyLinear, type LinearSite } from "./site.ts";

/** The maps of one reading direction, both with biases; their columns are in the order reset, update, new. */
export interface GruDirection {
  /** [inputs, 3 hidden], over all steps at once. */
  readonly input: LinearSite;
  /** [hidden, 3 hidden], from one state to the next. */
  readonly state: LinearSite;
}

export interface GruOutput {
  /** States after each step, [T, B, directions * hidden]; the backward half belongs to what is read from the end. */
  readonly states: Tensor;
  /** State after the last step that each direction reads, [B, directions * hidden]. */
  readonly last: Tensor;
}

const thirds = (x: Tensor, axis: number): [Tensor, Tensor, Tensor] =>
  split(x, 3, axis) as [Tensor, Tensor, Tensor];

/** Gates of any rows: r, z and n [rows, hidden], and the state's part s of n before the reset gate. */
function gates(projected: Tensor, fromState: Tensor) {
  const [inputReset, inputUpdate, inputNew] = thirds(projected, -1);
  const [stateReset, stateUpdate, s] = thirds(fromState, -1);
  const r = sigmoid(add(inputReset, stateReset));
  const z = sigmoid(add(inputUpdate, stateUpdate));
  return { r, z, s, n: tanh(add(inputNew, mul(r, s))) };
}

/** The update gate with padded rows (mask 0) held at 1, where the state stays as it is. */
const held = (z: Tensor, mask: Tensor | null): Tensor =>
  mask === null ? z : add(mul(z, mask), sub(1, mask));

/**
 * States [T, B, hidden] from a zero state: r and z = sigmoid, n = tanh(x_n + r (h W_n + b_n)), h = n + z (h - n), with
 * `projected` x W + b of all steps [T, B, 3 hidden]; where `mask` [T, B, 1] is 0, the state stays.
 */
function recurrence(projected: Tensor, weight: Tensor, bias: Tensor, mask: Tensor | null): Tensor {
  const [steps = 0, batch = 0, wide = 0] = projected.shape;
  const hidden = wide / 3;
  const rows = steps * batch;
  const forward = (...args: (Tensor | GradSaveFunc)[]) => {
    const [inputs, w, b, save] = args as [Tensor, Tensor, Tensor, GradSaveFunc];
    let state: Tensor = zeros([batch, hidden]);
    const masks = mask === null ? null : unstack(mask);
    const states = unstack(inputs).map((input, t) => {
      const { z, n } = gates(input, add(matMul(state, w), b));
      state = add(n, mul(held(z, masks?.[t] ?? null), sub(state, n)));
      return state;
    });
    const value = stack(states);
    save([inputs, value, w, b, ...(mask === null ? [] : [mask])]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const [x, h, wh, bh] = savedTensors(saved.slice(0, 4), 4);
      const padding = saved[4] === undefined ? null : reshape(saved[4], [rows, 1]);
      const kept = steps === 1 ? [] : [slice(h, [0, 0, 0], [steps - 1, batch, hidden])];
      const before = reshape(concat([zeros([1, batch, hidden]), ...kept], 0), [rows, hidden]);
      const { r, z, s, n } = gates(reshape(x, [rows, wide]), add(matMul(before, wh), bh));
      const stay = held(z, padding);
      // What one unit of a state's gradient is for the three sums below it: factors of all steps, [rows, hidden] each.
      const forNew = mul(sub(1, stay), sub(1, mul(n, n)));
      const ofUpdate = mul(mul(sub(before, n), z), sub(1, z));
      const forUpdate = padding === null ? ofUpdate : mul(ofUpdate, padding);
      const forReset = mul(mul(forNew, s), mul(r, sub(1, r)));
      const toState = stack([forReset, forUpdate, mul(forNew, r)], 1);
      const toInput = stack([forReset, forUpdate, forNew], 1);
      const factors = unstack(reshape(toState, [steps, batch, 3, hidden]));
      const stays = unstack(reshape(stay, [steps, batch, hidden]));
      const given = unstack(dy);
      const along: Tensor[] = [];
      let carried: Tensor | null = null;
      for (let t = steps - 1; t >= 0; t--) {
        const [own, factor, keep] = [given[t], factors[t], stays[t]];
        if (own === undefined || factor === undefined || keep === undefined) throw new Error("steps differ");
        const dh: Tensor = carried === null ? own : add(own, carried);
        along.unshift(dh);
        const below = reshape(mul(reshape(dh, [batch, 1, hidden]), factor), [batch, wide]);
        carried = t === 0 ? null : add(mul(dh, keep), matMul(below, wh, false, true));
      }
      const dh = reshape(stack(along), [rows, 1, hidden]);
      const dState = reshape(mul(dh, toState), [rows, wide]);
      const dInput = reshape(mul(dh, toInput), [steps, batch, wide]);
      return [dInput, matMul(before, dState, true, false), sum(dState, 0)];
    };
    return { value, gradFunc };
  };
  return customGrad(forward)(projected, weight, bias);
}

/**
 * A linear map as one matrix and one bias, as the recurrence reads it at every step. A module that is no chain of matrices
 * is asked for its rows: what it makes of the unit vectors and of zero.
 */
function asMatrix(module: LinearModule, pass: Pass): { readonly kernel: Tensor; readonly bias: Tensor } {
  const { inFeatures, outFeatures } = module;
  const chain = module.chain?.(pass);
  if (chain !== undefined) {
    const [first, ...rest] = chain.kernels;
    const kernel = rest.reduce((product: Tensor, next) => matMul(product, next), first);
    return { kernel, bias: chain.bias ?? zeros([outFeatures]) };
  }
  const made = module.apply(concat([eye(inFeatures), zeros([1, inFeatures])], 0), pass);
  const bias = slice(made, [inFeatures, 0], [1, outFeatures]);
  const kernel = sub(slice(made, [0, 0], [inFeatures, outFeatures]), bias);
  return { kernel, bias: reshape(bias, [outFeatures]) };
}

/** A layer that reads a sequence forwards, or forwards and backwards: one entry of `directions` each, in this order. */
export class Gru {
  readonly #directions: readonly [GruDirection] | readonly [GruDirection, GruDirection];

  constructor(directions: readonly [GruDirection] | readonly [GruDirection, GruDirection]) {
    this.#directions = directions;
  }

  /**
   * `x` [T, B, inputs]; `mask` [T, B], 1 at tokens and 0 at padding behind them: there a state stays what it was, so that
   * `last` is the state after the last token, and the backward reading begins there.
   */
  apply(x: Tensor, mask: Tensor | null, pass: Pass): GruOutput {
    const [steps = 0, batch = 0, inputs = 0] = x.shape;
    const rows = reshape(x, [steps * batch, inputs]);
    const column = mask === null ? null : reshape(mask, [steps, batch, 1]);
    const [first, second] = this.#directions.map((direction, i) => {
      const turn = (a: Tensor) => (i === 1 ? reverse(a, 0) : a);
      return readThrough(direction, { rows, steps, batch, mask: column, turn }, pass);
    });
    if (first === undefined) throw new Error("a GRU reads in one direction at least");
    if (second === undefined) return first;
    return {
      states: concat([first.states, second.states], 2),
      last: concat([first.last, second.last], 1),
    };
  }

  /** Multiply-adds for one token of one sequence. */
  multiplyAdds(): number {
    return this.#directions.reduce(
      (total, { input, state }) => total + input.module.multiplyAdds() + state.module.multiplyAdds(),
      0,
    );
  }
}

interface Sequence {
  /** [T * B, inputs], and the mask [T, B, 1]. */
  readonly rows: Tensor;
  readonly mask: Tensor | null;
  readonly steps: number;
  readonly batch: number;
  /** To the order of reading along the first axis, and back. */
  turn(a: Tensor): Tensor;
}

/** One direction's states in the order of the text, and its last state. */
function readThrough({ input, state }: GruDirection, sequence: Sequence, pass: Pass): GruOutput {
  const { rows, steps, batch, mask, turn } = sequence;
  const wide = state.module.outFeatures;
  const hidden = wide / 3;
  const projected = turn(reshape(applyLinear(input, rows, pass), [steps, batch, wide]));
  const { kernel, bias } = asMatrix(state.module, pass);
  const states = recurrence(projected, kernel, bias, mask === null ? null : turn(mask));
  if (pass.observe !== undefined) {
    const kept = steps === 1 ? [] : [slice(states, [0, 0, 0], [steps - 1, batch, hidden])];
    const before = concat([zeros([1, batch, hidden]), ...kept], 0);
    const entering = reshape(turn(before), [steps * batch, hidden]);
    pass.observe(state.path, entering, add(matMul(entering, kernel), bias));
  }
  const last = reshape(slice(states, [steps - 1, 0, 0], [1, batch, hidden]), [batch, hidden]);
  return { states: turn(states), last };
}
