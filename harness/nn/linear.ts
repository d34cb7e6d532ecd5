// The dense linear map, y = x W + b with W [in, out].
import { add, matMul, type Tensor } from "#harness/engine/tensor.ts";
import type { KernelChain, LinearModule, Module } from "./module.ts";
import { Param } from "./param.ts";

export interface LinearValues {
  /** [in, out], row-major. */
  readonly weight: Float32Array;
  /** [out], or null for a map without bias. */
  readonly bias: Float32Array | null;
}

export class Linear implements LinearModule {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly weight: Param;
  readonly bias: Param | null;

  constructor(path: string, inFeatures: number, outFeatures: number, values: LinearValues) {
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Param(`${path}.weight`, [inFeatures, outFeatures], values.weight, { role: "matrix" });
    this.bias =
      values.bias === null ? null : new Param(`${path}.bias`, [outFeatures], values.bias, { role: "bias" });
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
}

/** Whether a module is a plain dense map, which is what most methods take as their start. */
export const isLinear = (module: Module): module is Linear => module instanceof Linear;
