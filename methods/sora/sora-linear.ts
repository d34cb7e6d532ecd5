// SoRA's map: a low-rank branch with a gate on each of its directions, y = x W + b + s ((x A) g) B.
import { dropout } from "#harness/nn/dropout.ts";
import type { Linear } from "#harness/nn/linear.ts";
import type { LoraOptions } from "#harness/nn/lora-linear.ts";
import { addProduct, type MergeableLinear } from "#harness/nn/mergeable.ts";
import { add, matMul, mul, scalar, type Tensor } from "#harness/nn/ops.ts";
import { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";

export class SoraLinear implements MergeableLinear {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly base: Linear;
  readonly a: Param;
  readonly b: Param;
  /** g, [r]. */
  readonly gate: Param;
  readonly #options: LoraOptions;

  constructor(path: string, base: Linear, options: LoraOptions, gate: Float32Array) {
    this.base = base;
    this.inFeatures = base.inFeatures;
    this.outFeatures = base.outFeatures;
    this.#options = options;
    this.a = new Param(`${path}.sora.a`, [base.inFeatures, options.rank], options.a, { role: "factor" });
    this.b = new Param(`${path}.sora.b`, [options.rank, base.outFeatures], options.b, { role: "factor" });
    this.gate = new Param(`${path}.sora.gate`, [options.rank], gate, { role: "gate" });
  }

  params(): readonly Param[] {
    return [...this.base.params(), this.a, this.b, this.gate];
  }

  apply(x: Tensor, pass: Pass): Tensor {
    const inner = mul(
      matMul(dropout(x, this.#options.dropout ?? 0, pass), this.a.variable),
      this.gate.variable,
    );
    return add(this.base.apply(x), mul(matMul(inner, this.b.variable), scalar(this.#options.scale)));
  }

  multiplyAdds(): number {
    return this.base.multiplyAdds() + this.#options.rank * (this.inFeatures + this.outFeatures);
  }

  /** Closed directions add nothing, so that merging all equals pruning first; the scale keeps the original rank. */
  async merge(): Promise<Linear> {
    const { rank, scale } = this.#options;
    const [weight, a, b, gate] = await Promise.all(
      [this.base.weight, this.a, this.b, this.gate].map((param) => param.read()),
    );
    if (!weight || !a || !b || !gate) throw new Error("sora: four arrays");
    const gated = Float64Array.from(a, (value, at) => value * (gate[at % rank] as number));
    this.base.weight.load(addProduct(weight, scale, gated, b, rank));
    for (const param of [this.a, this.b, this.gate]) param.dispose();
    return this.base;
  }
}
