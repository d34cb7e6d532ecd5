// FRUGAL (Zmushko et al. 2024; card 52) with whole inputs as units: a random part of a kernel's rows is updated by AdamW
// with state, the rest by a rule without state; the part is drawn anew every T steps and its state starts from zero.
// After the official frugal/coordinate_projector.py: its columns of [out, in] are the rows of our [in, out] kernels.
import { type HostArray, hostOp } from "#harness/engine/host-op.ts";
import { scalar, type Tensor, tensor, zeros } from "#harness/engine/tensor.ts";
import type { Stream } from "#harness/random/stream.ts";
import { biasCorrected } from "./adam.ts";
import { startsPeriod } from "./galore.ts";
import type { Optimizer, OptimizerState, ParamFacts } from "./optimizer.ts";
import { adamPass } from "./simd/adam-pass.ts";

export interface FrugalOptions {
  /** Share of a kernel's inputs whose weights have state, 0 to 1. */
  readonly density: number;
  /** Steps between two draws: at steps 1, T + 1, ... (1-based). */
  readonly refreshEvery: number;
  /** What moves the rest: minus the sign of the gradient, minus the gradient, or nothing. */
  readonly rule: "sign" | "sgd" | "none";
  /** Learning rate of the rest, as a share of the rate. */
  readonly inactiveScale: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Named randomness of the draws. */
  random(...names: readonly string[]): Stream;
}

/** Inputs with state: round(density * in); the official floor can be one too low. */
export const activeInputs = (density: number, fanIn: number): number => Math.round(density * fanIn);

const sides = ({ shape }: ParamFacts): { readonly fanIn: number; readonly fanOut: number } => {
  const [fanIn = 0, fanOut = 0] = shape;
  if (shape.length !== 2) throw new Error(`frugal needs a matrix, got shape [${shape.join(", ")}]`);
  return { fanIn, fanOut };
};

const floats = (array: HostArray): Float32Array => {
  if (array instanceof Float32Array) return array;
  throw new Error("frugal: expected floats");
};

const held = (state: OptimizerState, name: string): Tensor => {
  const found = state[name];
  if (found === undefined) throw new Error(`frugal: no ${name}`);
  return found;
};

/** FRUGAL for kernels. State: two floats a weight of the active inputs, and their indices. */
export function frugal(options: FrugalOptions): Optimizer {
  const { density, refreshEvery, rule, inactiveScale, beta1, beta2, epsilon } = options;
  const fresh = (param: ParamFacts): OptimizerState => {
    const shape: [number, number] = [activeInputs(density, sides(param).fanIn), sides(param).fanOut];
    return shape[0] === 0 ? {} : { m: zeros(shape), v: zeros(shape) };
  };
  return {
    id: "frugal",
    init(param) {
      const count = activeInputs(density, sides(param).fanIn);
      return count === 0 ? {} : { ...fresh(param), inputs: zeros([count], "int32") };
    },
    stateBytes(param) {
      const { fanIn, fanOut } = sides(param);
      return 4 * activeInputs(density, fanIn) * (2 * fanOut + 1);
    },
    refresh: {
      due: (step) => density > 0 && startsPeriod(step, refreshEvery),
      run({ param, step }) {
        const { fanIn } = sides(param);
        const count = activeInputs(density, fanIn);
        if (count === 0) return {};
        const drawn = options.random(param.name, String(step)).permutation(fanIn).slice(0, count).sort();
        return { ...fresh(param), inputs: tensor(drawn, [count], "int32") };
      },
    },
    update(input) {
      const { param, value, gradient, state, gradientScale } = input;
      const { fanIn, fanOut } = sides(param);
      const count = activeInputs(density, fanIn);
      const shape = [fanIn, fanOut];
      const small = [count, fanOut];
      const slots = count === 0 ? [] : [held(state, "m"), held(state, "v"), held(state, "inputs")];
      const out = hostOp(
        {
          name: "Frugal",
          outputs: [
            { shape, dtype: "float32", over: 0 },
            ...(count === 0
              ? []
              : [
                  { shape: small, dtype: "float32" as const, over: 3 },
                  { shape: small, dtype: "float32" as const, over: 4 },
                ]),
          ],
          numbers() {
            const { learningRate, weightDecay } = input;
            // Bias correction starts again with each draw, as the moments do.
            const since = ((input.step - 1) % refreshEvery) + 1;
            return [
              ...biasCorrected(learningRate, since, { beta1, beta2 }),
              1 - learningRate * weightDecay,
              learningRate * inactiveScale,
            ];
          },
          run([, gradients, clip, , , inputs], [w, m, v], [rate = 0, root2 = 0, decay = 0, idle = 0]) {
            if (!gradients || !clip || !w) throw new Error("Frugal: missing operand");
            const place = new Int32Array(fanIn).fill(-1);
            for (let k = 0; k < count; k++) place[inputs?.[k] as number] = k;
            const gradientScale = clip[0] as number;
            const row = (array: HostArray, at: number) =>
              floats(array).subarray(at * fanOut, (at + 1) * fanOut);
            for (let i = 0; i < fanIn; i++) {
              const active = place[i] as number;
              const [values, g] = [row(w, i), row(gradients, i)];
              if (active >= 0 && m && v) {
                const numbers = { beta1, beta2, epsilon, rate, root2, decay, gradientScale };
                adamPass(values, g, row(m, active), row(v, active), numbers);
                continue;
              }
              for (let j = 0; j < fanOut; j++) {
                const shrunk = decay * (values[j] as number);
                const gj = gradientScale * (g[j] as number);
                values[j] = rule === "none" ? shrunk : shrunk - idle * (rule === "sign" ? Math.sign(gj) : gj);
              }
            }
          },
        },
        [value, gradient, gradientScale ?? scalar(1), ...slots],
      );
      const [next, m, v] = out;
      if (next === undefined) throw new Error("Frugal: missing result");
      return { value: next, state: m === undefined || v === undefined ? state : { ...state, m, v } };
    },
  };
}
