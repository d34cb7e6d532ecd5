// Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019) as one pass over host memory.
// Seven graph operations over all weights cost many times that; from outside it is a pure function.
import { type HostArray, hostOp } from "#harness/engine/host-op.ts";
import { scalar, type Tensor, zeros } from "#harness/engine/tensor.ts";
import type { Optimizer, OptimizerState, ParamFacts, UpdateInput, UpdateOutput } from "./optimizer.ts";
import { adamPass } from "./simd/adam-pass.ts";

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

const floats = (array: HostArray): Float32Array => {
  if (array instanceof Float32Array) return array;
  throw new Error("Adam takes float32 tensors only");
};

/** Adam's numbers at a step: the rate over the first bias correction, the root of the second one. */
export const biasCorrected = (
  learningRate: number,
  step: number,
  { beta1, beta2 }: Pick<AdamOptions, "beta1" | "beta2">,
): readonly [rate: number, root2: number] => [
  learningRate / (1 - beta1 ** step),
  Math.sqrt(1 - beta2 ** step),
];

/** One Adam step; with `decoupled` the value shrinks first by the rate times its weight decay. */
function adamStep(input: UpdateInput, options: AdamOptions, decoupled: boolean): UpdateOutput {
  const shape = [...input.param.shape];
  const [value, m, v] = hostOp(
    {
      name: "Adam",
      outputs: [
        { shape, dtype: "float32", over: 0 },
        { shape, dtype: "float32", over: 2 },
        { shape, dtype: "float32", over: 3 },
      ],
      numbers: () => [
        ...biasCorrected(input.learningRate, input.step, options),
        decoupled ? 1 - input.learningRate * input.weightDecay : 1,
      ],
      run([, gradient, , , scale], [w, first, second], [rate = 0, root2 = 0, decay = 0]) {
        if (!gradient || !scale || !w || !first || !second) throw new Error("Adam: missing operand");
        const numbers = { ...options, rate, root2, decay, gradientScale: scale[0] ?? 1 };
        adamPass(floats(w), floats(gradient), floats(first), floats(second), numbers);
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
  return { id: "adam", init: moments, stateBytes, update: (input) => adamStep(input, resolved, false) };
}

/** AdamW: the value shrinks by (1 - learningRate * weightDecay) before the step, as in PyTorch. State: two floats a weight. */
export function adamw(options: Partial<AdamOptions> = {}): Optimizer {
  const resolved = { ...ADAM_DEFAULTS, ...options };
  return {
    id: "adamw",
    init: moments,
    stateBytes,
    update: (input) => adamStep(input, resolved, true),
  };
}
