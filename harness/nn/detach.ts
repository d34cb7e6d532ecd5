// Values that enter the loss without a gradient of their own.
import { customGrad, scalar, type Tensor, zerosLike } from "#harness/engine/tensor.ts";

/** What `compute` returns, as a constant of the gradient: nothing inside is recorded for the backward pass. */
export function detached(compute: () => Tensor): Tensor {
  // A custom gradient's inner operations are not taped; it needs an input to hang on, so it gets an unused one.
  const anchor = scalar(0);
  return customGrad((unused) => ({ value: compute(), gradFunc: () => zerosLike(unused as Tensor) }))(anchor);
}
