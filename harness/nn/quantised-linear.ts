// A dense map whose kernel holds numbers that a few bits can stand for. It computes with the decoded floats: engines here
// have no integer product; what a deployed file would hold is in `stored`.
import { add, matMul, type Tensor } from "#harness/engine/tensor.ts";
import type { Linear } from "./linear.ts";
import type { KernelChain, LinearModule, StoredPart } from "./module.ts";
import type { Param } from "./param.ts";

export interface QuantisedStorage {
  readonly bits: number;
  /** Scales of 32 bits. */
  readonly scales: number;
}

export class QuantisedLinear implements LinearModule {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly weight: Param;
  readonly bias: Param | null;
  readonly #storage: QuantisedStorage;

  /** Takes the dense map over, with `decoded` [in * out] as its kernel. */
  constructor(base: Linear, decoded: Float32Array, storage: QuantisedStorage) {
    this.inFeatures = base.inFeatures;
    this.outFeatures = base.outFeatures;
    this.weight = base.weight;
    this.bias = base.bias;
    this.#storage = storage;
    this.weight.load(decoded);
  }

  params(): readonly Param[] {
    return this.bias === null ? [this.weight] : [this.weight, this.bias];
  }

  apply(x: Tensor): Tensor {
    const y = matMul(x, this.weight.variable);
    return this.bias === null ? y : add(y, this.bias.variable);
  }

  chain(): KernelChain {
    return { kernels: [this.weight.variable], bias: this.bias?.variable ?? null };
  }

  multiplyAdds(): number {
    return this.inFeatures * this.outFeatures;
  }

  stored(): readonly StoredPart[] {
    const bias = this.bias === null ? [] : [{ what: this.bias.name, count: this.bias.size, bits: 32 }];
    return [
      { what: this.weight.name, count: this.weight.size, bits: this.#storage.bits },
      { what: `${this.weight.name}.scales`, count: this.#storage.scales, bits: 32, auxiliary: true },
      ...bias,
    ];
  }
}
