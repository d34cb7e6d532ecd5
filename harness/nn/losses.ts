// Task losses: means over the batch, differentiable in the scores.
import {
  cast,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  sum,
  type Tensor,
  type Tensor1D,
} from "#harness/engine/tensor.ts";

/** Mean of -log softmax(scores)[target]: scores [B, C] float32, targets [B] int32 in [0, C) -> scalar, nats. */
export function softmaxCrossEntropy(scores: Tensor, targets: Tensor): Tensor {
  const classes = scores.shape[scores.shape.length - 1] ?? 0;
  const chosen = cast(oneHot(targets as Tensor1D, classes), "float32");
  return neg(mean(sum(mul(chosen, logSoftmax(scores)), -1)));
}
