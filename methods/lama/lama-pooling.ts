// LAMA's pooling: m attention heads over the states of a sequence, each a rank-1 bilinear form with one global context.
// Scores are F = (P^T c) * (Q^T H^T); one distribution over words a head, one weighted sum a head.

import type { PoolingModule } from "#harness/nn/module.ts";
import {
  add,
  div,
  expandDims,
  matMul,
  mul,
  reshape,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
} from "#harness/nn/ops.ts";
import { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";
import { meanOverTokens } from "#harness/nn/sequence-pool.ts";

/** Added to scores of padding: far below every score, so that its weight is exactly 0. */
const MASKED = -1e9;
/** Keeps the root of a zero norm differentiable. */
const TINY = 1e-12;

export interface LamaForm {
  readonly heads: number;
  /** Axis over which scores have length 1: over the words of a head, over the heads of a word, or none. */
  readonly l2norm: "none" | "words" | "heads";
  readonly activation: "tanh" | "none";
}

export interface LamaValues {
  /** [width, heads] each, row-major. */
  readonly p: Float32Array;
  readonly q: Float32Array;
  /** The context [width], equal for all texts; null for the mean state of each text. */
  readonly c: Float32Array | null;
}

/** Weights of words, [B, heads, T], from scores [B, T, heads]; padding has none. */
export function weightsOf(scores: Tensor, mask: Tensor, { l2norm, activation }: LamaForm): Tensor {
  const real = expandDims(mask, 2);
  let f = scores;
  if (l2norm !== "none") {
    const axis = l2norm === "words" ? 1 : 2;
    f = div(f, sqrt(add(sum(square(mul(f, real)), axis, true), TINY)));
  }
  if (activation === "tanh") f = tanh(f);
  const masked = add(f, mul(sub(1, real), MASKED));
  return softmax(transpose(masked, [0, 2, 1]));
}

/** What scaled Q folds to: Q diag(P^T c), [width, heads]; double precision inside. */
export function foldedQ(values: {
  p: ArrayLike<number>;
  q: ArrayLike<number>;
  c: ArrayLike<number>;
}): Float32Array {
  const { p, q, c } = values;
  const heads = p.length / c.length;
  const factors = new Float64Array(heads);
  for (let i = 0; i < p.length; i++)
    factors[i % heads] =
      (factors[i % heads] as number) + (p[i] as number) * (c[Math.floor(i / heads)] as number);
  return Float32Array.from(q, (value, i) => value * (factors[i % heads] as number));
}

export class LamaPooling implements PoolingModule {
  readonly width: number;
  readonly outFeatures: number;
  readonly form: LamaForm;
  /** Weights [B, heads, T] of the latest training pass, for a penalty on them in the same step. */
  trained: Tensor | null = null;
  readonly #path: string;
  /** Null once the context has been folded in. */
  #p: Param | null;
  #c: Param | null;
  #q: Param;

  constructor(path: string, width: number, form: LamaForm, { p, q, c }: LamaValues) {
    const { heads } = form;
    this.#path = path;
    this.width = width;
    this.outFeatures = heads * width;
    this.form = form;
    this.#p = new Param(`${path}.p`, [width, heads], p, { role: "matrix" });
    this.#q = new Param(`${path}.q`, [width, heads], q, { role: "matrix" });
    this.#c = c === null ? null : new Param(`${path}.c`, [1, width], c, { role: "matrix" });
  }

  params(): readonly Param[] {
    return [this.#p, this.#q, this.#c].filter((param) => param !== null);
  }

  /** Scores F before norm and activation, [B, T, heads] (card 01, all heads at once). */
  scores(states: Tensor, mask: Tensor): Tensor {
    const [batch = 0, tokens = 0] = states.shape;
    const { heads } = this.form;
    const rows = matMul(reshape(states, [batch * tokens, this.width]), this.#q.variable);
    const f = reshape(rows, [batch, tokens, heads]);
    if (this.#p === null) return f;
    const context = this.#c === null ? meanOverTokens(states, mask) : this.#c.variable;
    return mul(f, expandDims(matMul(context, this.#p.variable), 1));
  }

  apply(states: Tensor, mask: Tensor, pass: Pass): Tensor {
    const weights = weightsOf(this.scores(states, mask), mask, this.form);
    this.trained = pass.training ? weights : null;
    return reshape(matMul(weights, states), [states.shape[0] ?? 0, this.outFeatures]);
  }

  /** Replaces P, Q and c by Q diag(P^T c). A context that depends on the text cannot be folded: then nothing changes. */
  async fold(): Promise<void> {
    if (this.#p === null || this.#c === null) return;
    const [p, q, c] = [await this.#p.read(), await this.#q.read(), await this.#c.read()];
    const folded = new Param(`${this.#path}.q`, this.#q.shape, foldedQ({ p, q, c }), { role: "matrix" });
    for (const param of this.params()) param.dispose();
    [this.#p, this.#c, this.#q] = [null, null, folded];
  }

  /** Scores and sums; until the context is folded in, also its product with P. */
  multiplyAdds(tokens: number): number {
    const product = this.width * this.form.heads;
    return 2 * tokens * product + (this.#p === null ? 0 : product);
  }
}
