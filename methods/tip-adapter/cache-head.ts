// The head of Tip-Adapter: scores of the classes' texts plus those of a cache of training pictures, each of which votes for its
// own class by its likeness: base(f) + alpha exp(-beta (1 - f K^T)) V (Zhang et al. 2022, equations 3 and 4).
import type { LinearModule, StoredPart } from "#harness/nn/module.ts";
import { add, exp, matMul, mul, scalar, sub, type Tensor, tensor } from "#harness/nn/ops.ts";
import { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";

export interface CacheValues {
  /** Unit features of the cached pictures, [items, width]. */
  readonly keys: Float32Array;
  /** Their classes, [items]. */
  readonly classes: ArrayLike<number>;
  readonly alpha: number;
  readonly beta: number;
}

export class CacheHead implements LinearModule {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly keys: Param;
  /** Weight of the cache against the texts, and how fast likeness falls off. */
  alpha: number;
  beta: number;
  readonly #base: LinearModule;
  /** One-hot classes, [items, outputs]. */
  readonly #votes: Float32Array;

  /** `base` gives the classes by their texts. Features come with a mean square of 1. */
  constructor(base: LinearModule, values: CacheValues) {
    this.#base = base;
    this.inFeatures = base.inFeatures;
    this.outFeatures = base.outFeatures;
    this.alpha = values.alpha;
    this.beta = values.beta;
    const items = values.classes.length;
    this.keys = new Param("head.cache.keys", [items, base.inFeatures], values.keys, { role: "factor" });
    this.#votes = new Float32Array(items * base.outFeatures);
    for (let at = 0; at < items; at++) this.#votes[at * base.outFeatures + (values.classes[at] ?? 0)] = 1;
  }

  params(): readonly Param[] {
    return [...this.#base.params(), this.keys];
  }

  /** The keys, alpha and beta; the votes as one class id a key. */
  stored(): readonly StoredPart[] {
    const [items = 0] = this.keys.shape;
    return [
      { what: "keys of the cache", count: this.keys.size, bits: 32 },
      { what: "alpha and beta", count: 2, bits: 32 },
      { what: "classes of the keys", count: items, bits: 32, auxiliary: true },
    ];
  }

  apply(features: Tensor, pass: Pass): Tensor {
    const [items = 0] = this.keys.shape;
    const likeness = mul(matMul(features, this.keys.variable, false, true), this.inFeatures ** -0.5);
    const near = exp(mul(sub(likeness, 1), scalar(this.beta)));
    const votes = matMul(near, tensor(this.#votes, [items, this.outFeatures]));
    return add(this.#base.apply(features, pass), mul(votes, scalar(this.alpha)));
  }

  multiplyAdds(): number {
    const [items = 0] = this.keys.shape;
    return this.#base.multiplyAdds() + items * (this.inFeatures + this.outFeatures);
  }
}
