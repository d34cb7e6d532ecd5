// Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019) as one pass over host memory.
// Seven graph operations over all weights cost twice the time of this loop; from outside it is a pure function.
import { type HostArray, hostOp } from "#harness/engine/host-op.ts";
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

interface PassNumbers extends AdamOptions {
  /** Learning rate over the first moment's bias correction. */
  readonly rate: number;
  /** Root of the second moment's bias correction. */
  readonly root2: number;
  readonly decay: number;
  readonly gradientScale: number;
}

/** The loop itself, apart from the closures that are made each step, so that it is compiled once: 35 ms for 7 M weights. */
function pass(
  w: HostArray,
  gradient: HostArray,
  first: HostArray,
  second: HostArray,
  numbers: PassNumbers,
): void {
  const { beta1, beta2, epsilon, rate, decay, gradientScale } = numbers;
  const gain1 = (1 - beta1) * gradientScale;
  const gain2 = (1 - beta2) * gradientScale * gradientScale;
  const inverseRoot2 = 1 / numbers.root2;
  for (let i = 0; i < w.length; i++) {
    const g = gradient[i] as number;
    const m = beta1 * (first[i] as number) + gain1 * g;
    const v = beta2 * (second[i] as number) + gain2 * g * g;
    first[i] = m;
    second[i] = v;
    w[i] = decay * (w[i] as number) - (rate * m) / (Math.sqrt(v) * inverseRoot2 + epsilon);
  }
}

/** One Adam step; `decay` multiplies the value first (decoupled decay), 1 for none. */
function adamStep(input: UpdateInput, options: AdamOptions, decay: number): UpdateOutput {
  const { beta1, beta2 } = options;
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
        pass(w, gradient, first, second, { ...options, rate, root2, decay, gradientScale: scale[0] ?? 1 });
      },
    },
    [
      input.value,
      input.gradient,
      need(input.state, "m"),
      need(input.state, "v"),
      input.gradientScale ?? scalar(1),
    ],
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
