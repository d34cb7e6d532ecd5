// Proximal steps: an optimizer followed by the soft threshold T(x, xi) = sign(x) max(|x| - xi, 0), which makes exact zeros.
import {
  abs,
  greater,
  mul,
  relu,
  scalar,
  sign,
  sub,
  type Tensor,
  where,
  zerosLike,
} from "#harness/engine/tensor.ts";
import type { Optimizer } from "./optimizer.ts";

export interface ThresholdOptions {
  readonly threshold: number;
  /** The released SoRA code's form, which also removes what lies between xi and 2 xi (card 43). */
  readonly released: boolean;
}

/** T of each number; zeros are exact. */
export function softThreshold(x: Tensor, { threshold, released }: ThresholdOptions): Tensor {
  const shrunk = mul(sign(x), relu(sub(abs(x), scalar(threshold))));
  return released ? where(greater(abs(x), scalar(2 * threshold)), shrunk, zerosLike(shrunk)) : shrunk;
}

/** `inner`, then the threshold on its result. */
export function thresholded(inner: Optimizer, options: ThresholdOptions): Optimizer {
  return {
    ...inner,
    id: `${inner.id}+threshold`,
    update(input) {
      const { value, state } = inner.update(input);
      return { value: softThreshold(value, options), state };
    },
  };
}
