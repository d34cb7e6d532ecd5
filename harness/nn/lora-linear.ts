// A dense map with a trained low-rank branch beside it: y = x W + b + s (x A) B (Hu et al. 2021), in kernel order
// A [in, r], B [r, out]. How A and B start and which of them train is the method's business.
import { add, matMul, mul, scalar, type Tensor } from "#harness/engine/tensor.ts";
import { dropout } from "./dropout.ts";
import { kaimingUniform, type Stream, zeros } from "./init.ts";
import type { Linear } from "./linear.ts";
import { addProduct, type MergeableLinear } from "./mergeable.ts";
import { Param } from "./param.ts";
import type { Pass } from "./pass.ts";

export interface LoraOptions {
  readonly rank: number;
  /** Factor s of the branch. */
  readonly scale: number;
  /** Probability of zeroing an input of the branch while training. Default 0. */
  readonly dropout?: number;
  /** Start of A [in, rank] and of B [rank, out], row-major. */
  readonly a: Float32Array;
  readonly b: Float32Array;
}

/** The start of a branch that adds nothing yet: A from U(+-1 / sqrt(in)), as `peft` draws it (Kaiming with a = sqrt 5), B zero. */
export const branchStart = (
  { inFeatures, outFeatures }: Pick<Linear, "inFeatures" | "outFeatures">,
  rank: number,
  random: Stream,
): Pick<LoraOptions, "a" | "b"> => ({
  a: kaimingUniform(inFeatures * rank, inFeatures, Math.sqrt(5), random),
  b: zeros(rank * outFeatures),
});

export class LoraLinear implements MergeableLinear {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly base: Linear;
  readonly a: Param;
  readonly b: Param;
  readonly rank: number;
  readonly scale: number;
  readonly #dropout: number;

  /** Takes the dense map over; its parameters keep their `trainable` flags. */
  constructor(path: string, base: Linear, options: LoraOptions) {
    this.base = base;
    this.inFeatures = base.inFeatures;
    this.outFeatures = base.outFeatures;
    this.rank = options.rank;
    this.scale = options.scale;
    this.#dropout = options.dropout ?? 0;
    this.a = new Param(`${path}.lora.a`, [base.inFeatures, options.rank], options.a, { role: "factor" });
    this.b = new Param(`${path}.lora.b`, [options.rank, base.outFeatures], options.b, { role: "factor" });
  }

  params(): readonly Param[] {
    return [...this.base.params(), this.a, this.b];
  }

  apply(x: Tensor, pass: Pass): Tensor {
    const inner = matMul(dropout(x, this.#dropout, pass), this.a.variable);
    return add(this.base.apply(x), mul(matMul(inner, this.b.variable), scalar(this.scale)));
  }

  multiplyAdds(): number {
    return this.base.multiplyAdds() + this.rank * (this.inFeatures + this.outFeatures);
  }

  async merge(): Promise<Linear> {
    const [weight, a, b] = await Promise.all([this.base.weight.read(), this.a.read(), this.b.read()]);
    this.base.weight.load(addProduct(weight, this.scale, a, b, this.rank));
    this.a.dispose();
    this.b.dispose();
    return this.base;
  }
}
