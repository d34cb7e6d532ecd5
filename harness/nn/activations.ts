// Activation functions whose gradient is written by hand, so that training keeps one array of each.
import { fusedGelu, fusedGeluGrad } from "#harness/engine/fused.ts";
import {
  add,
  customGrad,
  erf,
  exp,
  type GradSaveFunc,
  mul,
  square,
  type Tensor,
} from "#harness/engine/tensor.ts";
import { savedTensors } from "./saved.ts";

/** Phi(x), the standard normal distribution function. */
const normalCdf = (x: Tensor): Tensor => mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);

const DENSITY = 1 / Math.sqrt(2 * Math.PI);

/**
 * x Phi(x), the exact form by the error function (Hendrycks and Gimpel 2016, section 2), element by element. Keeps x alone
 * and computes Phi again: dx = dy (Phi(x) + x phi(x)). The plain operations keep three arrays.
 */
export function gelu(x: Tensor): Tensor {
  const forward = (...args: (Tensor | GradSaveFunc)[]) => {
    const [input, save] = args as [Tensor, GradSaveFunc];
    save([input]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
      const [at] = savedTensors(saved, 1);
      const fused = fusedGeluGrad(dy, at);
      if (fused !== null) return fused;
      const weighted = mul(mul(exp(mul(square(at), -0.5)), at), DENSITY);
      return mul(dy, add(weighted, normalCdf(at)));
    };
    return { value: fusedGelu(input) ?? mul(input, normalCdf(input)), gradFunc };
  };
  return customGrad(forward)(x);
}
