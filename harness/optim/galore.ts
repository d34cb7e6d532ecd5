// GaLore (Zhao et al. 2024): an inner rule runs on the projected gradient, its step is projected back on the full weight.
// After the official galore_torch/adamw.py: bias correction as in Hugging Face's AdamW, weight decay after the step.
import { liveScalar } from "#harness/engine/live.ts";
import { mul, sub, type Tensor } from "#harness/engine/tensor.ts";
import { type InnerRule, innerAdam, zeroSlots } from "./inner-rule.ts";
import type { Optimizer, ParamFacts, UpdateInput } from "./optimizer.ts";
import {
  emptyProjector,
  type Projection,
  type ProjectionType,
  planProjection,
  project,
  projectBack,
  projectorSize,
  refreshProjector,
} from "./projection.ts";

export interface GaloreOptions {
  readonly rank: number;
  /** Factor of the projected-back step; decay is not multiplied by it. */
  readonly alpha: number;
  /** Steps between two projectors: new ones at steps 1, T + 1, 2 T + 1, ... (1-based). */
  readonly refreshEvery: number;
  readonly projection: ProjectionType;
  /** Rule in the small space. Default: Adam with betas 0.9, 0.999 and epsilon 1e-6. */
  readonly inner?: InnerRule;
}

const FLOAT_BYTES = 4;

/** What decoupled weight decay leaves of a value. */
export const decay = (input: UpdateInput): Tensor =>
  liveScalar(() => 1 - input.learningRate * input.weightDecay);

/** Whether a 1-based step starts a new period of `every` steps: the official counter is tested before it is incremented. */
export const startsPeriod = (step: number, every: number): boolean => (step - 1) % every === 0;

/** State bytes of one projected weight: the inner rule's slots in the small space, and the projector. */
export const projectedStateBytes = (plan: Projection, inner: InnerRule): number =>
  FLOAT_BYTES * (inner.slots.length * plan.low[0] * plan.low[1] + projectorSize(plan));

/** GaLore for matrices. Moments are not reset or rotated when the projector changes (paper and code). */
export function galore(options: GaloreOptions): Optimizer {
  const { alpha, refreshEvery } = options;
  const inner = options.inner ?? innerAdam({ beta1: 0.9, beta2: 0.999, epsilon: 1e-6 });
  const plan = (param: ParamFacts): Projection =>
    planProjection(param.shape, options.projection, options.rank);
  return {
    id: "galore",
    init: (param) => ({ ...zeroSlots(inner, plan(param).low), ...emptyProjector(plan(param)) }),
    stateBytes: (param) => projectedStateBytes(plan(param), inner),
    update(input) {
      const { param, value, gradient, state, weightDecay, gradientScale } = input;
      const made = plan(param);
      const raw = project(made, gradient, state);
      const low = gradientScale === null ? raw : mul(raw, gradientScale);
      const { direction, slots } = inner.step(low, state);
      const back = projectBack(made, direction, state);
      const stepped = sub(
        value,
        mul(
          back,
          liveScalar(() => input.learningRate * inner.correction(input.step) * alpha),
        ),
      );
      const decayed = weightDecay === 0 ? stepped : mul(stepped, decay(input));
      return { value: decayed, state: { ...state, ...slots } };
    },
    refresh: {
      due: (step) => startsPeriod(step, refreshEvery),
      run: ({ param, gradient }) => refreshProjector(plan(param), gradient, param.name),
    },
  };
}
