// Pooling of sequences without numbers of its own: the mean of the states at tokens. Pooling that is learned is a method's.
import { div, expandDims, maximum, mul, sum, type Tensor } from "#harness/engine/tensor.ts";
import type { PoolingModule } from "./module.ts";
import type { Param } from "./param.ts";

/** Mean over tokens of states [B, T, width] under a mask [B, T]; zero for a sequence without tokens. */
export function meanOverTokens(states: Tensor, mask: Tensor): Tensor {
  const total = sum(mul(states, expandDims(mask, 2)), 1);
  return div(total, maximum(sum(mask, 1, true), 1));
}

export class MeanPooling implements PoolingModule {
  readonly width: number;
  readonly outFeatures: number;

  constructor(width: number) {
    this.width = width;
    this.outFeatures = width;
  }

  params(): readonly Param[] {
    return [];
  }

  apply(states: Tensor, mask: Tensor): Tensor {
    return meanOverTokens(states, mask);
  }

  /** Sums cost none. */
  multiplyAdds(): number {
    return 0;
  }
}
