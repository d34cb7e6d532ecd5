// Stochastic gradient descent, with heavy-ball momentum where asked (PyTorch's form: no dampening).
import { liveScalar } from "#harness/engine/live.ts";
import { add, mul, scalar, sub, zeros } from "#harness/engine/tensor.ts";
import type { Optimizer } from "./optimizer.ts";

const FLOAT_BYTES = 4;

/** SGD: w <- (1 - lr wd) w - lr b, b <- momentum b + g. State: none, or one float a weight with momentum. */
export function sgd({ momentum = 0 }: { readonly momentum?: number } = {}): Optimizer {
  return {
    id: "sgd",
    init: (param) => (momentum === 0 ? {} : { velocity: zeros([...param.shape]) }),
    stateBytes: (param) => (momentum === 0 ? 0 : FLOAT_BYTES * param.shape.reduce((a, b) => a * b, 1)),
    update(input) {
      const { value, gradient, state, weightDecay, gradientScale } = input;
      const scaled = gradientScale === null ? gradient : mul(gradient, gradientScale);
      const velocity =
        state.velocity === undefined ? undefined : add(mul(state.velocity, scalar(momentum)), scaled);
      const shrunk =
        weightDecay === 0
          ? value
          : mul(
              value,
              liveScalar(() => 1 - input.learningRate * weightDecay),
            );
      return {
        value: sub(
          shrunk,
          mul(
            velocity ?? scaled,
            liveScalar(() => input.learningRate),
          ),
        ),
        state: velocity === undefined ? {} : { velocity },
      };
    },
  };
}
