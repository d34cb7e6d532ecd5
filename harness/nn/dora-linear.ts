// DoRA's map (Liu et al. 2024): a low-rank branch whose sum with the dense kernel is renormalised to a trained magnitude an
// output: y = (m / n) (x W + s (x A) B) + b, n the column norms of W + s A B, taken as constants of the gradient (peft).
import { add, div, matMul, mul, scalar, sqrt, square, sum, type Tensor } from "#harness/engine/tensor.ts";
import { detached } from "./detach.ts";
import { dropout } from "./dropout.ts";
import type { Linear } from "./linear.ts";
import type { LoraOptions } from "./lora-linear.ts";
import { addProduct, type MergeableLinear } from "./mergeable.ts";
import { Param } from "./param.ts";
import type { Pass } from "./pass.ts";

/** Euclidean norm of each column of [rows, columns], [columns], in double precision. */
export function columnNorms(values: ArrayLike<number>, columns: number): Float64Array {
  const sums = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) {
    sums[i % columns] = (sums[i % columns] as number) + (values[i] as number) ** 2;
  }
  return sums.map(Math.sqrt);
}

export class DoraLinear implements MergeableLinear {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly base: Linear;
  readonly a: Param;
  readonly b: Param;
  /** m, [out]. */
  readonly magnitude: Param;
  readonly #options: LoraOptions;

  /** `magnitude` [out]: the column norms of the dense kernel, so that the map starts unchanged where A B = 0. */
  constructor(path: string, base: Linear, options: LoraOptions, magnitude: Float32Array) {
    this.base = base;
    this.inFeatures = base.inFeatures;
    this.outFeatures = base.outFeatures;
    this.#options = options;
    this.a = new Param(`${path}.lora.a`, [base.inFeatures, options.rank], options.a, { role: "factor" });
    this.b = new Param(`${path}.lora.b`, [options.rank, base.outFeatures], options.b, { role: "factor" });
    this.magnitude = new Param(`${path}.dora.magnitude`, [base.outFeatures], magnitude, { role: "gate" });
  }

  params(): readonly Param[] {
    return [...this.base.params(), this.a, this.b, this.magnitude];
  }

  apply(x: Tensor, pass: Pass): Tensor {
    const { scale } = this.#options;
    const norms = detached(() => {
      const kernel = add(
        this.base.weight.variable,
        mul(matMul(this.a.variable, this.b.variable), scalar(scale)),
      );
      return sqrt(sum(square(kernel), 0));
    });
    const inner = matMul(dropout(x, this.#options.dropout ?? 0, pass), this.a.variable);
    const y = add(matMul(x, this.base.weight.variable), mul(matMul(inner, this.b.variable), scalar(scale)));
    const scaled = mul(y, div(this.magnitude.variable, norms));
    return this.base.bias === null ? scaled : add(scaled, this.base.bias.variable);
  }

  multiplyAdds(): number {
    return this.base.multiplyAdds() + this.#options.rank * (this.inFeatures + this.outFeatures);
  }

  async merge(): Promise<Linear> {
    const [weight, a, b, magnitude] = await Promise.all([
      this.base.weight.read(),
      this.a.read(),
      this.b.read(),
      this.magnitude.read(),
    ]);
    const sum = addProduct(weight, this.#options.scale, a, b, this.#options.rank);
    const norms = columnNorms(sum, this.outFeatures);
    const width = this.outFeatures;
    this.base.weight.load(
      sum.map((value, i) => ((magnitude[i % width] as number) / (norms[i % width] as number)) * value),
    );
    for (const param of [this.a, this.b, this.magnitude]) param.dispose();
    return this.base;
  }
}
