// How tokens mix: scaled dot-product attention (Vaswani et al. 2017) as a module of its own, so that a method may put
// another mixing in its place while the projections around it stay linear sites.
import { add, matMul, softmax, type Tensor } from "#harness/engine/tensor.ts";
import type { AttentionInputs, AttentionModule } from "./module.ts";
import type { Param } from "./param.ts";

export class DotProductAttention implements AttentionModule {
  readonly width: number;

  /** `width` is that of all heads together. */
  constructor(width: number) {
    this.width = width;
  }

  params(): readonly Param[] {
    return [];
  }

  apply({ query, key, value, bias }: AttentionInputs): Tensor {
    return matMul(softmax(add(matMul(query, key, false, true), bias)), value);
  }

  /** Scores and mixing: two products of [T, width / heads] by [T, width / heads] a head. */
  multiplyAdds(tokens: number): number {
    return 2 * tokens * tokens * this.width;
  }
}
