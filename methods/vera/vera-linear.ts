// VeRA's map: frozen random factors shared by all sites, two trained scaling vectors a site.
// y = x W + b + (((x A_in) d) B_out) l with A_in the first rows of A [max in, r], B_out the first columns of B [r, max out].
import type { Linear } from "#harness/nn/linear.ts";
import { addProduct, type MergeableLinear } from "#harness/nn/mergeable.ts";
import { add, matMul, mul, slice, type Tensor } from "#harness/nn/ops.ts";
import { Param } from "#harness/nn/param.ts";

/** Start of the inner scaling (peft's d_initial). */
const D_START = 0.1;

export interface SharedFactors {
  /** [max in, r], frozen. */
  readonly a: Param;
  /** [r, max out], frozen. */
  readonly b: Param;
  readonly rank: number;
}

export class VeraLinear implements MergeableLinear {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly base: Linear;
  readonly d: Param;
  readonly l: Param;
  readonly #shared: SharedFactors;

  constructor(path: string, base: Linear, shared: SharedFactors) {
    this.base = base;
    this.inFeatures = base.inFeatures;
    this.outFeatures = base.outFeatures;
    this.#shared = shared;
    this.d = new Param(`${path}.vera.d`, [shared.rank], new Float32Array(shared.rank).fill(D_START), {
      role: "gate",
    });
    this.l = new Param(`${path}.vera.l`, [base.outFeatures], new Float32Array(base.outFeatures), {
      role: "gate",
    });
  }

  params(): readonly Param[] {
    return [...this.base.params(), this.#shared.a, this.#shared.b, this.d, this.l];
  }

  apply(x: Tensor): Tensor {
    const { a, b, rank } = this.#shared;
    const inner = matMul(x, slice(a.variable, [0, 0], [this.inFeatures, rank]));
    const outer = matMul(mul(inner, this.d.variable), slice(b.variable, [0, 0], [rank, this.outFeatures]));
    return add(this.base.apply(x), mul(outer, this.l.variable));
  }

  multiplyAdds(): number {
    return this.base.multiplyAdds() + this.#shared.rank * (this.inFeatures + this.outFeatures);
  }

  /** The shared factors stay alive: they belong to all sites. */
  async merge(): Promise<Linear> {
    const { rank } = this.#shared;
    const [weight, a, b, d, l] = await Promise.all(
      [this.base.weight, this.#shared.a, this.#shared.b, this.d, this.l].map((param) => param.read()),
    );
    if (!weight || !a || !b || !d || !l) throw new Error("vera: five arrays");
    const left = Float64Array.from(
      { length: this.inFeatures * rank },
      (_, at) => (a[at] as number) * (d[at % rank] as number),
    );
    const stride = b.length / rank;
    const n = this.outFeatures;
    const right = Float64Array.from(
      { length: rank * n },
      (_, at) => (b[Math.floor(at / n) * stride + (at % n)] as number) * (l[at % n] as number),
    );
    this.base.weight.load(addProduct(weight, 1, left, right, rank));
    this.d.dispose();
    this.l.dispose();
    return this.base;
  }
}
