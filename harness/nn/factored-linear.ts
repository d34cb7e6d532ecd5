// A linear map as a product of two thin ones: y = (x A) B + b, A [in, r] without bias, B [r, out] with it.
import { add, matMul, type Tensor } from "#harness/engine/tensor.ts";
import { Linear } from "./linear.ts";
import { addProduct, type MergeableLinear } from "./mergeable.ts";
import type { KernelChain } from "./module.ts";
import { Param } from "./param.ts";

export interface FactoredValues {
  readonly rank: number;
  /** [in, rank] and [rank, out], row-major. */
  readonly a: Float32Array;
  readonly b: Float32Array;
  /** The dense map's bias, taken over; null for a map without one. */
  readonly bias: Param | null;
}

export class FactoredLinear implements MergeableLinear {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly rank: number;
  readonly a: Param;
  readonly b: Param;
  readonly bias: Param | null;
  readonly #path: string;

  constructor(path: string, inFeatures: number, outFeatures: number, values: FactoredValues) {
    this.#path = path;
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.rank = values.rank;
    this.a = new Param(`${path}.a`, [inFeatures, values.rank], values.a, { role: "matrix" });
    this.b = new Param(`${path}.b`, [values.rank, outFeatures], values.b, { role: "matrix" });
    this.bias = values.bias;
  }

  params(): readonly Param[] {
    return this.bias === null ? [this.a, this.b] : [this.a, this.b, this.bias];
  }

  apply(x: Tensor): Tensor {
    const y = matMul(matMul(x, this.a.variable), this.b.variable);
    return this.bias === null ? y : add(y, this.bias.variable);
  }

  chain(): KernelChain {
    return { kernels: [this.a.variable, this.b.variable], bias: this.bias?.variable ?? null };
  }

  multiplyAdds(): number {
    return this.rank * (this.inFeatures + this.outFeatures);
  }

  async merge(): Promise<Linear> {
    const [a, b] = await Promise.all([this.a.read(), this.b.read()]);
    const weight = addProduct(new Float32Array(this.inFeatures * this.outFeatures), 1, a, b, this.rank);
    const bias = this.bias === null ? null : await this.bias.read();
    const dense = new Linear(this.#path, this.inFeatures, this.outFeatures, { weight, bias });
    for (const param of this.params()) param.dispose();
    return dense;
  }
}
