// A dense map with a fixed mask on its kernel: masked weights are exactly 0, get no gradient and stay 0. How positions are
// stored when deployed (a bit each, or indices in groups) is the caller's: engines here have no sparse product.
import { add, matMul, mul, type Tensor } from "#harness/engine/tensor.ts";
import type { Linear } from "./linear.ts";
import type { KernelChain, LinearModule, StoredPart } from "./module.ts";
import { Param } from "./param.ts";
import type { Pass } from "./pass.ts";

/** How the positions of kept weights are stored: `bitmap` 1 bit a position, otherwise bits of index a kept weight. */
export type Positions = "bitmap" | { readonly bitsPerKept: number };

export class SparseLinear implements LinearModule {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly weight: Param;
  readonly bias: Param | null;
  readonly mask: Param;
  readonly kept: number;
  readonly #positions: Positions;

  /** Takes the dense map over. `values` are its weights; `mask` [in * out] is 1 where a weight is kept. */
  constructor(path: string, base: Linear, values: Float32Array, mask: Uint8Array, positions: Positions) {
    this.inFeatures = base.inFeatures;
    this.outFeatures = base.outFeatures;
    this.weight = base.weight;
    this.bias = base.bias;
    this.kept = mask.reduce((sum, bit) => sum + bit, 0);
    this.#positions = positions;
    this.weight.load(values.map((value, i) => (mask[i] === 1 ? value : 0)));
    const shape = [base.inFeatures, base.outFeatures];
    this.mask = new Param(`${path}.mask`, shape, Float32Array.from(mask), {
      role: "gate",
      trainable: false,
      storedAs: "bool",
    });
  }

  params(): readonly Param[] {
    return this.bias === null ? [this.weight, this.mask] : [this.weight, this.bias, this.mask];
  }

  apply(x: Tensor, pass: Pass): Tensor {
    const y = matMul(x, this.#kernel(pass));
    return this.bias === null ? y : add(y, this.bias.variable);
  }

  chain(pass: Pass): KernelChain {
    return { kernels: [this.#kernel(pass)], bias: this.bias?.variable ?? null };
  }

  /** The product with the mask matters to the gradient alone: the weights are masked already. */
  #kernel({ training }: Pass): Tensor {
    return training ? mul(this.weight.variable, this.mask.variable) : this.weight.variable;
  }

  /** Kept weights only: what a sparse product would do. */
  multiplyAdds(): number {
    return this.kept;
  }

  stored(): readonly StoredPart[] {
    const bias = this.bias === null ? [] : [{ what: this.bias.name, count: this.bias.size, bits: 32 }];
    const where =
      this.#positions === "bitmap"
        ? { count: this.weight.size, bits: 1 }
        : { count: this.kept, bits: this.#positions.bitsPerKept };
    return [
      { what: this.weight.name, count: this.kept, bits: 32 },
      { what: this.mask.name, ...where, auxiliary: true },
      ...bias,
    ];
  }
}
