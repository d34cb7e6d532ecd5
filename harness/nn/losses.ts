// Task losses: means over the batch, differentiable in the scores. Each keeps one array of the forward pass.
import {
  abs,
  add,
  cast,
  customGrad,
  exp,
  type GradSaveFunc,
  log1p,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  relu,
  reshape,
  sigmoid,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  zerosLike,
} from "#harness/engine/tensor.ts";
import { savedTensors } from "./saved.ts";

/** [B, C] float32, 1 at the target. tfjs-wasm writes integers into float one-hots, so the cast is apart. */
const chosen = (targets: Tensor, classes: number): Tensor =>
  cast(oneHot(targets as Tensor1D, classes), "float32");

/**
 * Mean of -log softmax(scores)[target]: scores [B, C] float32, targets [B] int32 in [0, C) -> scalar, nats. The gradient
 * in the scores is (softmax(scores) - onehot) / B; from the forward pass it takes the log-probabilities.
 */
export function softmaxCrossEntropy(scores: Tensor, targets: Tensor): Tensor {
  const [rows = 0, classes = 0] = scores.shape;
  const forward = (...args: (Tensor | GradSaveFunc)[]) => {
    const [logits, save] = args as [Tensor, GradSaveFunc];
    const logProbabilities = logSoftmax(logits);
    // The targets too: a caller may have made them inside the differentiated function, which lets go of them.
    save([logProbabilities, targets]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
      const [logs, wanted] = savedTensors(saved, 2);
      return mul(sub(exp(logs), chosen(wanted, classes)), mul(dy, 1 / rows));
    };
    return { value: neg(mean(sum(mul(chosen(targets, classes), logProbabilities), -1))), gradFunc };
  };
  return customGrad(forward)(scores);
}

/**
 * Sum of -log softmax(scores)[target] over each sequence: scores [B T, C] float32, targets [B, T] int32 in [0, C) -> [B],
 * nats. For evaluation: no gradient of its own.
 */
export function sequenceCrossEntropy(scores: Tensor, targets: Tensor): Tensor {
  const [, classes = 0] = scores.shape;
  const rows = sum(mul(chosen(reshape(targets, [targets.size]), classes), logSoftmax(scores)), -1);
  return neg(sum(reshape(rows, targets.shape), -1));
}

/**
 * Mean of -y log sigmoid(s) - (1 - y) log(1 - sigmoid(s)): scores s and targets y in [0, 1], both float32 of one shape ->
 * scalar, nats. Computed as max(s, 0) - s y + log(1 + exp(-|s|)), finite for every finite score; the gradient in the
 * scores is (sigmoid(s) - y) / count.
 */
export function sigmoidCrossEntropy(scores: Tensor, targets: Tensor): Tensor {
  const forward = (...args: (Tensor | GradSaveFunc)[]) => {
    const [logits, labels, save] = args as [Tensor, Tensor, GradSaveFunc];
    save([logits, labels]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const [s, y] = savedTensors(saved, 2);
      return [mul(sub(sigmoid(s), y), mul(dy, 1 / scores.size)), zerosLike(y)];
    };
    const losses = add(sub(relu(logits), mul(logits, labels)), log1p(exp(neg(abs(logits)))));
    return { value: mean(losses), gradFunc };
  };
  return customGrad(forward)(scores, targets);
}

/** Mean of (score - target)^2: scores [B, 1] and targets [B], both float32 -> scalar. */
export function meanSquaredError(scores: Tensor, targets: Tensor): Tensor {
  return mean(square(sub(reshape(scores, targets.shape), targets)));
}
