// SLTrain's map: W = s A B + S, with S on a fixed random support of which only the values are stored and trained.
import { Linear } from "#harness/nn/linear.ts";
import { addProduct, type MergeableLinear } from "#harness/nn/mergeable.ts";
import type { StoredPart } from "#harness/nn/module.ts";
import {
  add,
  matMul,
  mul,
  reshape,
  scalar,
  type Tensor,
  tensor,
  unsortedSegmentSum,
} from "#harness/nn/ops.ts";
import { Param } from "#harness/nn/param.ts";

export interface SltrainValues {
  readonly rank: number;
  readonly scale: number;
  /** [in, rank], [rank, out], and one value for each position of the support. */
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly values: Float32Array;
  /** Positions in the flat [in * out] kernel, ascending, each once. */
  readonly support: Int32Array;
}

export class SltrainLinear implements MergeableLinear {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly a: Param;
  readonly b: Param;
  readonly values: Param;
  readonly bias: Param | null;
  readonly support: Int32Array;
  readonly #path: string;
  readonly #rank: number;
  readonly #scale: number;

  /** Takes the place and the bias of a dense map; its kernel is released. */
  constructor(path: string, base: Linear, { rank, scale, a, b, values, support }: SltrainValues) {
    this.inFeatures = base.inFeatures;
    this.outFeatures = base.outFeatures;
    this.bias = base.bias;
    this.support = support;
    this.#path = path;
    this.#rank = rank;
    this.#scale = scale;
    this.a = new Param(`${path}.a`, [base.inFeatures, rank], a, { role: "matrix" });
    this.b = new Param(`${path}.b`, [rank, base.outFeatures], b, { role: "matrix" });
    this.values = new Param(`${path}.sparse`, [support.length], values, { role: "matrix" });
    base.weight.dispose();
  }

  params(): readonly Param[] {
    const own = [this.a, this.b, this.values];
    return this.bias === null ? own : [...own, this.bias];
  }

  apply(x: Tensor): Tensor {
    const size = this.inFeatures * this.outFeatures;
    // Positions are distinct, so the segment sum is a scatter; its gradient gathers.
    const flat = unsortedSegmentSum(
      this.values.variable,
      tensor(this.support, [this.support.length], "int32"),
      size,
    );
    const product = mul(matMul(this.a.variable, this.b.variable), scalar(this.#scale));
    const y = matMul(x, add(product, reshape(flat, [this.inFeatures, this.outFeatures])));
    return this.bias === null ? y : add(y, this.bias.variable);
  }

  multiplyAdds(): number {
    return this.#rank * (this.inFeatures + this.outFeatures) + this.support.length;
  }

  stored(): readonly StoredPart[] {
    const where = Math.ceil(Math.log2(this.inFeatures * this.outFeatures));
    return [
      ...this.params().map(({ name, size }) => ({ what: name, count: size, bits: 32 })),
      { what: `${this.#path}.support`, count: this.support.length, bits: where, auxiliary: true },
    ];
  }

  async merge(): Promise<Linear> {
    const [a, b, values] = await Promise.all([this.a.read(), this.b.read(), this.values.read()]);
    const sparse = new Float32Array(this.inFeatures * this.outFeatures);
    for (const [k, position] of this.support.entries()) sparse[position] = values[k] as number;
    const weight = addProduct(sparse, this.#scale, a, b, this.#rank);
    const bias = this.bias === null ? null : (await this.bias.read()).slice();
    const dense = new Linear(this.#path, this.inFeatures, this.outFeatures, { weight, bias });
    for (const param of this.params()) param.dispose();
    return dense;
  }
}
