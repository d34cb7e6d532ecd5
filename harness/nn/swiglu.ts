// The gated unit of LLaMA's feed-forward maps (Shazeer 2020): silu(gate) * up. The maps themselves are linear sites.
import {
  add,
  customGrad,
  type GradSaveFunc,
  mul,
  sigmoid,
  sub,
  type Tensor,
} from "#harness/engine/tensor.ts";
import { savedTensors } from "./saved.ts";

/**
 * gate sigmoid(gate) up, element by element. Keeps its two inputs and computes the sigmoid s again: d gate = dy up s
 * (1 + gate (1 - s)), d up = dy gate s. The plain operations keep four arrays.
 */
export function swiglu(gate: Tensor, up: Tensor): Tensor {
  const forward = (...args: (Tensor | GradSaveFunc)[]) => {
    const [g, u, save] = args as [Tensor, Tensor, GradSaveFunc];
    save([g, u]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const [at, other] = savedTensors(saved, 2);
      const s = sigmoid(at);
      const slope = mul(s, add(1, mul(at, sub(1, s))));
      return [mul(mul(dy, other), slope), mul(dy, mul(at, s))];
    };
    return { value: mul(mul(g, sigmoid(g)), u), gradFunc };
  };
  return customGrad(forward)(gate, up);
}
