// Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019) as one pass over host memory.
// Seven graph operations over all weights cost twice the time of this loop; from outside it is a pure function.
import { hostOp } from "#harness/engine/host-op.ts";
import { scalar, type Tensor, zeros } from "#harness/engine/tensor.ts";
import type { Optimizer, OptimizerState, ParamFacts, UpdateInput, UpdateOutput } from "./optimizer.ts";

export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  /** Added to the root of the bias-corrected second moment. */
  readonly epsilon: number;
}

export const ADAM_DEFAULTS: AdamOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

const FLOAT_BYTES = 4;
const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Two zero tensors of the parameter's shape. */
function moments(param: ParamFacts): OptimizerState {
  return { m: zeros([...param.shape]), v: zeros([...param.shape]) };
}

function need(state: OptimizerState, name: string): Tensor {
  const found = state[name];
  if (found === undefined) throw new Error(`optimizer state has no ${name}`);
  return found;
}

/** One Adam step; `decay` multiplies the value first (decoupled decay), 1 for none. */
function adamStep(input: UpdateInput, options: AdamOptions, decay: number): UpdateOutput {
  const { beta1, beta2, epsilon } = options;
  const rate = input.learningRate / (1 - beta1 ** input.step);
  const root2 = Math.sqrt(1 - beta2 ** input.step);
  const shape = [...input.param.shape];
  const [value, m, v] = hostOp(
    {
      name: "Adam",
      outputs: [
        { shape, dtype: "float32", over: 0 },
        { shape, dtype: "float32", over: 2 },
        { shape, dtype: "float32", over: 3 },
      ],
      run([, gradient, , , scale], [w, first, second]) {
        if (!gradient || !scale || !w || !first || !second) throw new Error("Adam: missing operand");
        const g0 = scale[0] ?? 1;
        for (let i = 0; i < w.length; i++) {
          const g = g0 * (gradient[i] as number);
          const mi = beta1 * (first[i] as number) + (1 - beta1) * g;
          const vi = beta2 * (second[i] as number) + (1 - beta2) * g * g;
          first[i] = mi;
          second[i] = vi;
          w[i] = decay * (w[i] as number) - (rate * mi) / (Math.sqrt(vi) / root2 + epsilon);
        }
      },
    },
    [input.value, input.gradient, need(input.state, "m"), need(input.state, "v"), input.gradientScale ?? scalar(1)],
  );
  if (value === undefined || m === undefined || v === undefined) throw new Error("Adam: missing result");
  return { value, state: { m, v } };
}

const stateBytes = (param: ParamFacts): number => 2 * elements(param.shape) * FLOAT_BYTES;

/** Adam without decay. State: two floats a weight. */
export function adam(options: Partial<AdamOptions> = {}): Optimizer {
  const resolved = { ...ADAM_DEFAULTS, ...options };
  return { id: "adam", init: moments, stateBytes, update: (input) => adamStep(input, resolved, 1) };
}

/** AdamW: the value shrinks by (1 - learningRate * weightDecay) before the step, as in PyTorch. State: two floats a weight. */
export function adamw(options: Partial<AdamOptions> = {}): Optimizer {
  const resolved = { ...ADAM_DEFAULTS, ...options };
  return {
    id: "adamw",
    init: moments,
    stateBytes,
    update: (input) => adamStep(input, resolved, 1 - input.learningRate * input.weightDecay),
  };
}
