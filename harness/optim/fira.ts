// Fira (Chen et al. 2024; card 40): GaLore's step plus the part of the gradient outside its subspace, each column of it
// scaled by what Adam did to that column inside, with a limiter on the growth of its norm.
// After the official optimizer_torch/fira_adamw.py; its residual differs from the paper's when alpha is not 1 (`residual`).
import { liveScalar } from "#harness/engine/live.ts";
import {
  add,
  div,
  maximum,
  mul,
  scalar,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  zeros,
} from "#harness/engine/tensor.ts";
import { decay, type GaloreOptions, projectedStateBytes, startsPeriod } from "./galore.ts";
import { innerAdam, zeroSlots } from "./inner-rule.ts";
import type { Optimizer, ParamFacts } from "./optimizer.ts";
import {
  emptyProjector,
  type Projection,
  planProjection,
  project,
  projectBack,
  refreshProjector,
} from "./projection.ts";

export interface FiraOptions extends Omit<GaloreOptions, "projection"> {
  /** `paper`: G - P R, orthogonal to the subspace; `code`: G - alpha P R, what the released code computes. */
  readonly residual: "paper" | "code";
  /** One factor a column (along the long side), one a matrix, or none: factor 1. */
  readonly scaling: "column" | "matrix" | "none";
  /** Largest growth of the residual step's norm from one step to the next; null for no limit. Paper 1.01. */
  readonly growthLimit: number | null;
}

const TINY = 1e-8;
const norm = (x: Tensor, axis?: number): Tensor => sqrt(sum(square(x), axis, axis !== undefined));

/** Factors by which the residual is multiplied: ||N|| / ||R||, from the direction before bias correction. */
function factors(
  { side }: Projection,
  scaling: FiraOptions["scaling"],
  direction: Tensor,
  low: Tensor,
): Tensor {
  if (scaling === "none") return scalar(1);
  // Columns run along the long side: over the compressed axis, which is the first on the left and the last on the right.
  const axis = scaling === "matrix" ? undefined : side === "left" ? 0 : 1;
  return div(norm(direction, axis), add(norm(low, axis), scalar(TINY)));
}

/** Fira for matrices, compressing the smaller side. State: GaLore's and one float. */
export function fira(options: FiraOptions): Optimizer {
  const { alpha, refreshEvery, residual, scaling, growthLimit } = options;
  const inner = options.inner ?? innerAdam({ beta1: 0.9, beta2: 0.999, epsilon: 1e-6 });
  const plan = (param: ParamFacts): Projection => planProjection(param.shape, "std", options.rank);
  return {
    id: "fira",
    init: (param) => ({
      ...zeroSlots(inner, plan(param).low),
      ...emptyProjector(plan(param)),
      previous: zeros([]),
    }),
    stateBytes: (param) => projectedStateBytes(plan(param), inner) + 4,
    update(input) {
      const { param, value, gradient, state, weightDecay, gradientScale } = input;
      const made = plan(param);
      const scaled = gradientScale === null ? gradient : mul(gradient, gradientScale);
      const low = project(made, scaled, state);
      const { direction, slots } = inner.step(low, state);
      const inside = projectBack(made, low, state);
      const outside = sub(scaled, residual === "code" ? mul(inside, scalar(alpha)) : inside);
      const full = mul(outside, factors(made, scaling, direction, low));
      const { previous: before } = state;
      if (before === undefined) throw new Error("fira: no previous norm");
      const size = norm(full);
      // The first step has nothing to compare with; a limit of 1 leaves the residual as it is.
      const limit =
        growthLimit === null || input.first
          ? scalar(1)
          : div(maximum(div(size, add(before, scalar(TINY))), scalar(growthLimit)), scalar(growthLimit));
      const limited = div(full, limit);
      const back = mul(projectBack(made, direction, state), scalar(alpha));
      const rate = liveScalar(() => input.learningRate * inner.correction(input.step));
      const stepped = sub(value, mul(add(back, limited), rate));
      const decayed = weightDecay === 0 ? stepped : mul(stepped, decay(input));
      return { value: decayed, state: { ...state, ...slots, previous: div(size, limit) } };
    },
    refresh: {
      due: (step) => startsPeriod(step, refreshEvery),
      run: ({ param, gradient }) => refreshProjector(plan(param), gradient, param.name),
    },
  };
}
