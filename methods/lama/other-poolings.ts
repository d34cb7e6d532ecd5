// The poolings that LAMA's paper compares itself with, on the same states: last state, mean, maximum, structured
// self-attention (Lin et al. 2017) and one transformer encoder layer with the mean behind it.
import { DotProductAttention } from "#harness/nn/attention.ts";
import { normal, ones, type Stream, xavierUniform, zeros } from "#harness/nn/init.ts";
import { LayerNorm } from "#harness/nn/layer-norm.ts";
import { Linear } from "#harness/nn/linear.ts";
import type { PoolingModule } from "#harness/nn/module.ts";
import {
  add,
  concat,
  expandDims,
  matMul,
  max,
  mul,
  relu,
  reshape,
  slice,
  softmax,
  sub,
  type Tensor,
  tanh,
  transpose,
} from "#harness/nn/ops.ts";
import { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";
import { meanOverTokens } from "#harness/nn/sequence-pool.ts";

const MASKED = -1e9;
const EPSILON = 1e-6;

/** Poolings without numbers. */
abstract class Plain implements PoolingModule {
  readonly width: number;
  readonly outFeatures: number;

  constructor(width: number) {
    this.width = width;
    this.outFeatures = width;
  }

  params(): readonly Param[] {
    return [];
  }

  multiplyAdds(): number {
    return 0;
  }

  abstract apply(states: Tensor, mask: Tensor): Tensor;
}

/**
 * The state after the last word that each reading sees: behind the last word a state stays what it was, and the backward
 * reading ends at the first.
 */
export class LastState extends Plain {
  apply(states: Tensor): Tensor {
    const [batch = 0, tokens = 0] = states.shape;
    const half = this.width / 2;
    const forward = slice(states, [0, tokens - 1, 0], [batch, 1, half]);
    return reshape(concat([forward, slice(states, [0, 0, half], [batch, 1, half])], 2), [batch, this.width]);
  }
}

/** The largest value of each feature at any word. */
export class MaxPooling extends Plain {
  apply(states: Tensor, mask: Tensor): Tensor {
    return max(add(states, mul(sub(1, expandDims(mask, 2)), MASKED)), 1);
  }
}

/** A = softmax over words of W2 tanh(W1 H^T), and the weighted sums of all heads; no biases (Lin et al. 2017, equation 6). */
export class StructuredAttention implements PoolingModule {
  readonly width: number;
  readonly outFeatures: number;
  readonly #w1: Param;
  readonly #w2: Param;

  constructor(path: string, width: number, inner: number, heads: number, random: Stream) {
    this.width = width;
    this.outFeatures = heads * width;
    const matrix = (name: string, rows: number, columns: number) =>
      new Param(`${path}.${name}`, [rows, columns], xavierUniform(rows, columns, random), { role: "matrix" });
    this.#w1 = matrix("w1", width, inner);
    this.#w2 = matrix("w2", inner, heads);
  }

  params(): readonly Param[] {
    return [this.#w1, this.#w2];
  }

  apply(states: Tensor, mask: Tensor): Tensor {
    const [batch = 0, tokens = 0] = states.shape;
    const rows = reshape(states, [batch * tokens, this.width]);
    const scores = matMul(tanh(matMul(rows, this.#w1.variable)), this.#w2.variable);
    const heads = scores.shape[1] ?? 0;
    const masked = add(reshape(scores, [batch, tokens, heads]), mul(sub(1, expandDims(mask, 2)), MASKED));
    const weights = softmax(transpose(masked, [0, 2, 1]));
    return reshape(matMul(weights, states), [batch, this.outFeatures]);
  }

  multiplyAdds(tokens: number): number {
    return tokens * (this.#w1.size + this.#w2.size + this.outFeatures);
  }
}

/** One pre-norm encoder layer with a feed-forward net of twice the width, then the mean over words. */
export class EncoderLayer implements PoolingModule {
  readonly width: number;
  readonly outFeatures: number;
  readonly #heads: number;
  readonly #maps: Readonly<Record<"query" | "key" | "value" | "output" | "in" | "out", Linear>>;
  readonly #norms: readonly [LayerNorm, LayerNorm];
  readonly #attention: DotProductAttention;

  constructor(path: string, width: number, heads: number, random: Stream) {
    this.width = width;
    this.outFeatures = width;
    this.#heads = heads;
    const map = (name: string, fanIn: number, fanOut: number) =>
      new Linear(`${path}.${name}`, fanIn, fanOut, {
        weight: normal(fanIn * fanOut, fanIn ** -0.5, random),
        bias: zeros(fanOut),
      });
    const square = (name: string) => map(name, width, width);
    this.#maps = {
      query: square("query"),
      key: square("key"),
      value: square("value"),
      output: square("output"),
      in: map("in", width, 2 * width),
      out: map("out", 2 * width, width),
    };
    const norm = (name: string) =>
      new LayerNorm(`${path}.${name}`, width, EPSILON, { gain: ones(width), shift: zeros(width) });
    this.#norms = [norm("norm1"), norm("norm2")];
    this.#attention = new DotProductAttention(width);
  }

  params(): readonly Param[] {
    return [...Object.values(this.#maps), ...this.#norms].flatMap((part) => part.params());
  }

  apply(states: Tensor, mask: Tensor, _: Pass): Tensor {
    const [batch = 0, tokens = 0] = states.shape;
    const { width } = this;
    const { query, key, value, output, in: into, out } = this.#maps;
    const perHead = width / this.#heads;
    const split = (y: Tensor) => transpose(reshape(y, [batch, tokens, this.#heads, perHead]), [0, 2, 1, 3]);
    const x = reshape(states, [batch * tokens, width]);
    const normed = this.#norms[0].apply(x);
    const mixed = this.#attention.apply({
      query: split(mul(query.apply(normed), perHead ** -0.5)),
      key: split(key.apply(normed)),
      value: split(value.apply(normed)),
      bias: reshape(mul(sub(1, mask), MASKED), [batch, 1, 1, tokens]),
    });
    const joined = reshape(transpose(mixed, [0, 2, 1, 3]), [batch * tokens, width]);
    const attended = add(output.apply(joined), x);
    const hidden = relu(into.apply(this.#norms[1].apply(attended)));
    const last = add(out.apply(hidden), attended);
    return meanOverTokens(reshape(last, [batch, tokens, width]), mask);
  }

  multiplyAdds(tokens: number): number {
    const maps = Object.values(this.#maps).reduce((total, map) => total + map.multiplyAdds(), 0);
    return tokens * maps + this.#attention.multiplyAdds(tokens);
  }
}
