// Clipping by the global gradient norm (Pascanu et al. 2013), as a factor that optimizers apply, so that no gradient is copied.
import { add, addN, div, minimum, scalar, sqrt, square, sum, type Tensor } from "#harness/engine/tensor.ts";

/** Guards the division, as in PyTorch's clip_grad_norm_. */
const EPSILON = 1e-6;

/** The scalar min(1, limit / (norm + 1e-6)) with norm = sqrt of the sum of squares of all gradients. */
export function clipScale(gradients: readonly Tensor[], limit: number): Tensor {
  const norm = sqrt(addN(gradients.map((gradient) => sum(square(gradient)))));
  return minimum(scalar(1), div(scalar(limit), add(norm, scalar(EPSILON))));
}
