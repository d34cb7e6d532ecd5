// Root-mean-square normalisation over the last axis (Zhang and Sennrich 2019), as LLaMA has it: no centring, no shift.
// Its gradient is written by hand: of the forward pass it keeps its input and one number a row.
import {
  add,
  customGrad,
  type GradSaveFunc,
  mean,
  mul,
  rsqrt,
  square,
  sub,
  sum,
  type Tensor,
} from "#harness/engine/tensor.ts";
import type { NormModule } from "./module.ts";
import { Param } from "./param.ts";
import { savedTensors } from "./saved.ts";

export class RmsNorm implements NormModule {
  readonly width: number;
  readonly gain: Param;
  readonly #epsilon: number;

  /** `gain` [width]. */
  constructor(path: string, width: number, epsilon: number, gain: Float32Array) {
    this.width = width;
    this.#epsilon = epsilon;
    this.gain = new Param(`${path}.weight`, [width], gain, { role: "norm" });
  }

  params(): readonly Param[] {
    return [this.gain];
  }

  apply(x: Tensor): Tensor {
    return rmsNorm(x, this.gain.variable, this.#epsilon);
  }
}

/**
 * gain x / sqrt(mean(x^2) + epsilon) over the last axis: x [..., width], gain [width]. With n the normalised rows and
 * g = dy gain, the gradient is dx = (g - n mean(g n)) / sqrt(mean(x^2) + epsilon).
 */
export function rmsNorm(x: Tensor, gain: Tensor, epsilon: number): Tensor {
  const forward = (...args: (Tensor | GradSaveFunc)[]) => {
    const [rows, scale, save] = args as [Tensor, Tensor, GradSaveFunc];
    const inverse = rsqrt(add(mean(square(rows), -1, true), epsilon));
    save([rows, inverse, scale]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const [before, r, g] = savedTensors(saved, 3);
      const n = mul(before, r);
      const leading = dy.shape.map((_, axis) => axis).slice(0, -1);
      const dNormed = mul(dy, g);
      const along = mean(mul(dNormed, n), -1, true);
      return [mul(sub(dNormed, mul(n, along)), r), sum(mul(dy, n), leading)];
    };
    return { value: mul(mul(rows, inverse), scale), gradFunc };
  };
  return customGrad(forward)(x, gain);
}
