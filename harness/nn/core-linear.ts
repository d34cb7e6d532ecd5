// A dense map with a small trained core between two frozen frames: y = x W + b + ((x A) C) B, A [in, r], B [r, out].
// The core is a full [r, r] matrix (LoRA-XS, LoRA-SB) or a diagonal (SVFit), optionally with a frozen weight an entry.
import { add, matMul, mul, type Tensor } from "#harness/engine/tensor.ts";
import type { Linear } from "./linear.ts";
import { addProduct, type MergeableLinear } from "./mergeable.ts";
import { Param } from "./param.ts";

export interface CoreValues {
  readonly rank: number;
  /** Frozen frames [in, rank] and [rank, out], row-major. */
  readonly a: Float32Array;
  readonly b: Float32Array;
  /** Start of the core: [rank, rank] row-major, or the diagonal [rank]. */
  readonly core: Float32Array;
  /** Diagonal cores only: the core in use is `core * weights`, entry by entry, [rank]. */
  readonly weights?: Float32Array;
}

export class CoreLinear implements MergeableLinear {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly base: Linear;
  readonly a: Param;
  readonly b: Param;
  readonly core: Param;
  readonly weights: Param | null;
  readonly #rank: number;

  constructor(path: string, base: Linear, values: CoreValues) {
    const { rank } = values;
    const frozen = { role: "factor", trainable: false } as const;
    this.base = base;
    this.inFeatures = base.inFeatures;
    this.outFeatures = base.outFeatures;
    this.#rank = rank;
    this.a = new Param(`${path}.frame.a`, [base.inFeatures, rank], values.a, frozen);
    this.b = new Param(`${path}.frame.b`, [rank, base.outFeatures], values.b, frozen);
    const shape = values.core.length === rank ? [rank] : [rank, rank];
    this.core = new Param(`${path}.core`, shape, values.core, { role: "gate" });
    this.weights =
      values.weights === undefined
        ? null
        : new Param(`${path}.frame.weights`, [rank], values.weights, frozen);
  }

  params(): readonly Param[] {
    const own = [...this.base.params(), this.a, this.b, this.core];
    return this.weights === null ? own : [...own, this.weights];
  }

  apply(x: Tensor): Tensor {
    const inner = matMul(x, this.a.variable);
    const core = this.weights === null ? this.core.variable : mul(this.core.variable, this.weights.variable);
    const mixed = this.core.shape.length === 1 ? mul(inner, core) : matMul(inner, core);
    return add(this.base.apply(x), matMul(mixed, this.b.variable));
  }

  multiplyAdds(): number {
    return this.base.multiplyAdds() + this.#rank * (this.inFeatures + this.outFeatures) + this.core.size;
  }

  async merge(): Promise<Linear> {
    const [weight, a, b, core] = await Promise.all(
      [this.base.weight, this.a, this.b, this.core].map((param) => param.read()),
    );
    if (!weight || !a || !b || !core) throw new Error("core: four arrays");
    const weights = this.weights === null ? null : await this.weights.read();
    const r = this.#rank;
    const left = new Float64Array(a.length);
    for (let i = 0; i < this.inFeatures; i++) {
      for (let k = 0; k < r; k++) {
        if (core.length === r)
          left[i * r + k] = (a[i * r + k] as number) * (core[k] as number) * (weights?.[k] ?? 1);
        else
          for (let l = 0; l < r; l++)
            left[i * r + k] =
              (left[i * r + k] as number) + (a[i * r + l] as number) * (core[l * r + k] as number);
      }
    }
    this.base.weight.load(addProduct(weight, 1, left, b, r));
    for (const param of [this.a, this.b, this.core]) param.dispose();
    this.weights?.dispose();
    return this.base;
  }
}
