// Layer normalisation over the last axis (Ba et al. 2016): biased variance, epsilon inside the root.
// Its gradient is written by hand: of the forward pass it keeps its input, which others often keep as well (a projected
// residual), and two numbers a row, where the chain of plain operations keeps two arrays of its own.
import { fusedLayerNorm, type Normalised } from "#harness/engine/fused.ts";
import {
  add,
  customGrad,
  type GradSaveFunc,
  matMul,
  mean,
  mul,
  reshape,
  rsqrt,
  square,
  sub,
  sum,
  type Tensor,
} from "#harness/engine/tensor.ts";
import type { NormModule } from "./module.ts";
import { Param } from "./param.ts";
import { savedTensors } from "./saved.ts";

export class LayerNorm implements NormModule {
  readonly width: number;
  readonly gain: Param;
  readonly shift: Param;
  readonly #epsilon: number;

  /** `values.gain` and `values.shift` [width]. */
  constructor(
    path: string,
    width: number,
    epsilon: number,
    values: { gain: Float32Array; shift: Float32Array },
  ) {
    this.width = width;
    this.#epsilon = epsilon;
    this.gain = new Param(`${path}.weight`, [width], values.gain, { role: "norm" });
    this.shift = new Param(`${path}.bias`, [width], values.shift, { role: "norm" });
  }

  params(): readonly Param[] {
    return [this.gain, this.shift];
  }

  apply(x: Tensor): Tensor {
    return layerNorm(x, this.gain.variable, this.shift.variable, this.#epsilon);
  }
}

function normalised(x: Tensor, gain: Tensor, shift: Tensor, epsilon: number): Normalised {
  const fused = fusedLayerNorm(x, gain, shift, epsilon);
  if (fused !== null) return fused;
  const centre = mean(x, -1, true);
  const centred = sub(x, centre);
  const inverse = rsqrt(add(mean(square(centred), -1, true), epsilon));
  return { value: add(mul(mul(centred, inverse), gain), shift), mean: centre, inverse };
}

/**
 * gain (x - mean) / sqrt(variance + epsilon) + shift over the last axis: x [..., width], gain and shift [width]. With
 * n the normalised rows and g = dy gain, the gradient is dx = (g - mean(g) - n mean(g n)) / sqrt(variance + epsilon); the
 * two means of a row are products with the gain, so that g n is never made.
 */
export function layerNorm(x: Tensor, gain: Tensor, shift: Tensor, epsilon: number): Tensor {
  const forward = (...args: (Tensor | GradSaveFunc)[]) => {
    const [rows, scale, offset, save] = args as [Tensor, Tensor, Tensor, GradSaveFunc];
    const { value, mean: centre, inverse } = normalised(rows, scale, offset, epsilon);
    save([rows, centre, inverse, scale]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const [before, m, r, g] = savedTensors(saved, 4);
      const width = g.size;
      const column = reshape(mul(g, 1 / width), [width, 1]);
      const against = (a: Tensor) => reshape(matMul(reshape(a, [-1, width]), column), r.shape);
      const leading = dy.shape.map((_, axis) => axis).slice(0, -1);
      const n = mul(sub(before, m), r);
      const dyN = mul(dy, n);
      const centred = sub(sub(mul(dy, g), mul(n, against(dyN))), against(dy));
      return [mul(centred, r), sum(dyN, leading), sum(dy, leading)];
    };
    return { value, gradFunc };
  };
  return customGrad(forward)(x, gain, shift);
}
