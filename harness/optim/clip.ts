// Clipping by the global gradient norm (Pascanu et al. 2013), as a factor that optimizers apply, so that no gradient is copied.
import { add, addN, div, minimum, scalar, sqrt, square, sum, type Tensor } from "#harness/engine/tensor.ts";

/** Guards the division, as in PyTorch's clip_grad_norm_. */
const EPSILON = 1e-6;

/** What a gradient adds to the square of the norm: a scalar. */
export const squaredNorm = (gradient: Tensor): Tensor => sum(square(gradient));

/** The scalar min(1, limit / (norm + 1e-6)) with norm = sqrt of the sum of squares of all gradients. */
export const clipScale = (gradients: readonly Tensor[], limit: number): Tensor =>
  scaleOfSquares(gradients.map(squaredNorm), limit);

/** The same from the squared norms of the gradients. */
export function scaleOfSquares(squares: readonly Tensor[], limit: number): Tensor {
  const norm = sqrt(addN([...squares]));
  return minimum(scalar(1), div(scalar(limit), add(norm, scalar(EPSILON))));
}
