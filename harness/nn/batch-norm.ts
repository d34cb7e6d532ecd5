// Batch normalisation over all axes but the last (Ioffe and Szegedy 2015): by the batch's own statistics in training, by
// running ones in evaluation. Running statistics are the module's state, not parameters: nothing trains or counts them, for
// a deployed model folds them into gain and shift.
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
import type { Pass } from "./pass.ts";
import { savedTensors } from "./saved.ts";

/** PyTorch's defaults. */
const EPSILON = 1e-5;
const MOMENTUM = 0.1;

const leadingAxes = (x: Tensor): number[] => x.shape.map((_, axis) => axis).slice(0, -1);

/** Mean and biased variance of each channel, [C]. */
interface Statistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

export class BatchNorm implements NormModule {
  readonly width: number;
  readonly gain: Param;
  readonly shift: Param;
  readonly runningMean: Param;
  readonly runningVariance: Param;

  /** `values.gain` and `values.shift` [width]. Running statistics start at mean 0 and variance 1. */
  constructor(path: string, width: number, values: { gain: Float32Array; shift: Float32Array }) {
    this.width = width;
    this.gain = new Param(`${path}.weight`, [width], values.gain, { role: "norm" });
    this.shift = new Param(`${path}.bias`, [width], values.shift, { role: "norm" });
    const fixed = { role: "norm", trainable: false } as const;
    this.runningMean = new Param(`${path}.running_mean`, [width], new Float32Array(width), fixed);
    const ones = new Float32Array(width).fill(1);
    this.runningVariance = new Param(`${path}.running_var`, [width], ones, fixed);
  }

  params(): readonly Param[] {
    return [this.gain, this.shift];
  }

  state(): readonly Param[] {
    return [this.runningMean, this.runningVariance];
  }

  apply(x: Tensor, pass: Pass): Tensor {
    const [gain, shift] = [this.gain.variable, this.shift.variable];
    if (pass.training) return batchNorm(x, gain, shift, (batch) => this.#follow(x, batch));
    const scale = mul(gain, rsqrt(add(this.runningVariance.variable, EPSILON)));
    return add(mul(x, scale), sub(shift, mul(this.runningMean.variable, scale)));
  }

  /** running = 0.9 running + 0.1 batch, the batch's variance unbiased; a lone number has none and counts as it is. */
  #follow(x: Tensor, batch: Statistics): void {
    const count = x.size / this.width;
    const unbiased = count > 1 ? count / (count - 1) : 1;
    const next = (running: Param, value: Tensor, factor: number) =>
      running.assign(add(mul(running.variable, 1 - MOMENTUM), mul(value, MOMENTUM * factor)));
    next(this.runningMean, batch.mean, 1);
    next(this.runningVariance, batch.variance, unbiased);
  }
}

/**
 * gain n + shift with n = (x - mean) / sqrt(variance + epsilon) over the batch: x [..., C], gain and shift [C]. `seen` gets
 * the statistics once, outside the gradient. Of the forward pass only x and two vectors are kept; with m numbers a channel,
 * dx = gain / sqrt(variance + epsilon) (dy - sum(dy) / m - n sum(dy n) / m).
 */
export function batchNorm(
  x: Tensor,
  gain: Tensor,
  shift: Tensor,
  seen: (statistics: Statistics) => void,
): Tensor {
  const forward = (...args: (Tensor | GradSaveFunc)[]) => {
    const [input, scale, offset, save] = args as [Tensor, Tensor, Tensor, GradSaveFunc];
    const axes = leadingAxes(input);
    const centre = mean(input, axes);
    const centred = sub(input, centre);
    const variance = mean(square(centred), axes);
    const inverse = rsqrt(add(variance, EPSILON));
    seen({ mean: centre, variance });
    save([input, centre, inverse, scale]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const [before, m, r, g] = savedTensors(saved, 4);
      const share = (before.shape.at(-1) ?? 0) / before.size;
      const n = mul(sub(before, m), r);
      const dGain = sum(mul(dy, n), axes);
      const dShift = sum(dy, axes);
      const along = add(mul(n, mul(dGain, share)), mul(dShift, share));
      return [mul(sub(dy, along), mul(g, r)), dGain, dShift];
    };
    return { value: add(mul(centred, mul(inverse, scale)), offset), gradFunc };
  };
  return customGrad(forward)(x, gain, shift);
}
