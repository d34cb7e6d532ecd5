// Maestro's map: a product of full inner width whose directions are used as a prefix: y = (((x V) mask) U) + b.
import { FactoredLinear } from "#harness/nn/factored-linear.ts";
import type { LinearModule } from "#harness/nn/module.ts";
import {
  add,
  addN,
  cumsum,
  matMul,
  mul,
  scalar,
  sqrt,
  square,
  sum,
  type Tensor,
  tensor,
} from "#harness/nn/ops.ts";
import type { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";

/** Keeps the root of a tail of zeros differentiable (card 02, pitfalls). */
const TINY = 1e-12;

export class LodLinear implements LinearModule {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly factors: FactoredLinear;
  /** Directions that are switched on, a prefix. */
  width: number;
  /** Width of the next training passes; null for all that are on. */
  sampled: number | null = null;

  constructor(factors: FactoredLinear) {
    this.factors = factors;
    this.inFeatures = factors.inFeatures;
    this.outFeatures = factors.outFeatures;
    this.width = factors.rank;
  }

  params(): readonly Param[] {
    return this.factors.params();
  }

  apply(x: Tensor, pass: Pass): Tensor {
    const { a, b, bias, rank } = this.factors;
    const width = pass.training ? (this.sampled ?? this.width) : this.width;
    // The mask is an input, not a slice: one program serves all widths.
    const mask = tensor(Float32Array.from({ length: rank }, (_, k) => (k < width ? 1 : 0)));
    const y = matMul(mul(matMul(x, a.variable), mask), b.variable);
    return bias === null ? y : add(y, bias.variable);
  }

  multiplyAdds(): number {
    return this.width * (this.inFeatures + this.outFeatures);
  }

  /** sum_i ||V[:, i:]||_F + ||U[i:, :]||_F over all directions, those switched off included: a scalar. */
  tailNorms(): Tensor {
    const { a, b } = this.factors;
    const tails = (squares: Tensor): Tensor => sum(sqrt(add(cumsum(squares, 0, false, true), scalar(TINY))));
    return addN([tails(sum(square(a.variable), 0)), tails(sum(square(b.variable), 1))]);
  }

  /** Importance of each direction, the product of its two tail norms: non-increasing. */
  async importance(): Promise<Float64Array> {
    const { rank } = this.factors;
    const [a, b] = await Promise.all([this.factors.a.read(), this.factors.b.read()]);
    const [left, right] = [new Float64Array(rank), new Float64Array(rank)];
    for (let at = 0; at < a.length; at++)
      left[at % rank] = (left[at % rank] as number) + (a[at] as number) ** 2;
    for (let at = 0; at < b.length; at++) {
      const k = Math.floor(at / this.outFeatures);
      right[k] = (right[k] as number) + (b[at] as number) ** 2;
    }
    for (let k = rank - 2; k >= 0; k--) {
      left[k] = (left[k] as number) + (left[k + 1] as number);
      right[k] = (right[k] as number) + (right[k + 1] as number);
    }
    return left.map((tail, k) => Math.sqrt(tail * (right[k] as number)));
  }

  /** The deployed map: the prefix as factors, or one dense map where that is no larger. */
  async deploy(path: string): Promise<LinearModule> {
    const { a, b, bias, rank } = this.factors;
    const [m, n, width] = [this.inFeatures, this.outFeatures, this.width];
    const [left, right] = await Promise.all([a.read(), b.read()]);
    const prefix = Float32Array.from(
      { length: m * width },
      (_, at) => left[Math.floor(at / width) * rank + (at % width)] as number,
    );
    const values = { rank: width, a: prefix, b: right.slice(0, width * n) };
    a.dispose();
    b.dispose();
    const pruned = new FactoredLinear(path, m, n, { ...values, bias });
    return storesDense(width, m, n) ? pruned.merge() : pruned;
  }
}

/** Whether a map of this width is deployed dense: (in + out) width >= in out. */
export const storesDense = (width: number, m: number, n: number): boolean => width * (m + n) >= m * n;
