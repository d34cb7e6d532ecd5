// First-order rules in the form that projected optimizers need: from a (projected) gradient to a direction, as graph
// operations, with bias correction apart, because some methods measure the direction before it is corrected.
import { add, div, mul, scalar, sqrt, square, type Tensor, zeros } from "#harness/engine/tensor.ts";
import type { OptimizerState } from "./optimizer.ts";

export interface InnerStep {
  /** What is subtracted, before bias correction and learning rate; the gradient's shape. */
  readonly direction: Tensor;
  readonly slots: OptimizerState;
}

export interface InnerRule {
  readonly id: string;
  /** State tensors, each of the gradient's shape. */
  readonly slots: readonly string[];
  step(gradient: Tensor, state: OptimizerState): InnerStep;
  /** Factor of the learning rate that corrects the moments' start at zero, at a 1-based step. */
  correction(step: number): number;
}

export interface InnerAdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  /** Added to the root of the second moment BEFORE bias correction (Hugging Face's AdamW). */
  readonly epsilon: number;
}

/** `slots` zero tensors of one shape. */
export const zeroSlots = (rule: InnerRule, shape: readonly number[]): OptimizerState =>
  Object.fromEntries(rule.slots.map((name) => [name, zeros([...shape])]));

const held = (state: OptimizerState, name: string): Tensor => {
  const found = state[name];
  if (found === undefined) throw new Error(`optimizer state has no ${name}`);
  return found;
};

/** m / (sqrt(v) + epsilon), corrected by sqrt(1 - beta2^t) / (1 - beta1^t). */
export function innerAdam({ beta1, beta2, epsilon }: InnerAdamOptions): InnerRule {
  return {
    id: "adam",
    slots: ["m", "v"],
    correction: (step) => Math.sqrt(1 - beta2 ** step) / (1 - beta1 ** step),
    step(gradient, state) {
      const m = add(mul(held(state, "m"), scalar(beta1)), mul(gradient, scalar(1 - beta1)));
      const v = add(mul(held(state, "v"), scalar(beta2)), mul(square(gradient), scalar(1 - beta2)));
      return {
        direction: div(m, add(sqrt(v), scalar(epsilon))),
        slots: { m, v },
      };
    },
  };
}

/** The gradient itself; no state. */
export function innerSgd(): InnerRule {
  return {
    id: "sgd",
    slots: [],
    correction: () => 1,
    step: (gradient) => ({ direction: gradient, slots: {} }),
  };
}
