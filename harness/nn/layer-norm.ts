// Layer normalisation over the last axis (Ba et al. 2016): biased variance, epsilon inside the root.
import { add, mean, mul, rsqrt, square, sub, type Tensor } from "#harness/engine/tensor.ts";
import type { NormModule } from "./module.ts";
import { Param } from "./param.ts";

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
    const centred = sub(x, mean(x, -1, true));
    const variance = mean(square(centred), -1, true);
    return add(
      mul(mul(centred, rsqrt(add(variance, this.#epsilon))), this.gain.variable),
      this.shift.variable,
    );
  }
}
