// MKOR (Mozaffari et al. 2023; card 46): second-order preconditioning of dense maps in front of a first-order rule. Two inverse
// Kronecker factors a map, of its inputs and of its output gradients, follow the batch means by rank-one updates.
// Kernels are [in, out]: with a bias as a further row, G [in + 1, out] becomes R G L, where the paper writes L G R.
import {
  add,
  concat,
  div,
  eye,
  matMul,
  maximum,
  mean,
  mul,
  reshape,
  scalar,
  slice,
  sqrt,
  square,
  sum,
  type Tensor,
  tensor,
} from "#harness/engine/tensor.ts";
import { identity, type Matrix, matrixFrom, toFloat32 } from "#harness/linalg/matrix.ts";
import { rankOneInverse } from "#harness/linalg/rank-one.ts";
import {
  type Optimizer,
  type OptimizerState,
  type ParamFacts,
  type UpdateInput,
  withGradient,
} from "./optimizer.ts";

/** `code`: the package's; `ema`: exact for a running mean; `printed`: algorithm 1 as printed, which is no inverse. */
export const MKOR_FORMS = ["code", "ema", "printed"] as const;
export type MkorForm = (typeof MKOR_FORMS)[number];

export interface FactorRule {
  readonly form: MkorForm;
  /** Share of the old factor, gamma. */
  readonly decay: number;
  /** Largest entry of a factor above which the map's next refresh only blends with the identity. */
  readonly threshold: number;
  /** Share of the identity in that blend. */
  readonly blend: number;
  /** Limit on the entries of the mean vectors. */
  readonly clip: number;
}

export interface MkorOptions extends FactorRule {
  /** Steps between two refreshes of the factors. */
  readonly refreshEvery: number;
  /** Steps at the start that refresh every time. */
  readonly warmupSteps: number;
  /** The first-order rule behind. */
  readonly inner: Optimizer;
}

/** m + share (I - m). */
function blended(m: Matrix, share: number): Matrix {
  const unit = identity(m.rows);
  return { ...m, data: m.data.map((x, i) => (1 - share) * x + share * (unit.data[i] as number)) };
}

/** One factor after a batch whose mean vector is `v`. */
export function refreshedFactor(m: Matrix, v: ArrayLike<number>, { form, decay }: FactorRule): Matrix {
  if (form === "code") return rankOneInverse(blended(m, 1 - decay), v, { keep: 1, gain: 1 });
  if (form === "ema") return rankOneInverse(m, v, { keep: decay, gain: 1 - decay });
  const n = m.rows;
  const w = Float64Array.from({ length: n }, (_, i) =>
    m.data.subarray(i * n, (i + 1) * n).reduce((dot, x, j) => dot + x * (v[j] as number), 0),
  );
  const along = w.reduce((dot, x, i) => dot + x * (v[i] as number), 0);
  const factor = (1 - decay) / (decay ** 2 * (1 + decay * (1 - decay) * along));
  const data = m.data.map(
    (x, at) => decay * x + factor * (w[Math.floor(at / n)] as number) * (w[at % n] as number),
  );
  return { ...m, data };
}

const largest = (m: Matrix): number => m.data.reduce((best, x) => Math.max(best, Math.abs(x)), 0);

/** Both factors of a map after a refresh: a rank-one update each, or a blend where one of them has grown too large. */
export function refreshedPair(
  factors: readonly [right: Matrix, left: Matrix],
  means: readonly [input: ArrayLike<number>, outputGradient: ArrayLike<number>],
  rule: FactorRule,
): [Matrix, Matrix] {
  const [right, left] = factors;
  if (Math.max(largest(right), largest(left)) > rule.threshold)
    return [blended(right, rule.blend), blended(left, rule.blend)];
  const [a, g] = means.map((mean) =>
    Float64Array.from(mean, (x) => Math.min(rule.clip, Math.max(-rule.clip, x))),
  ) as [Float64Array, Float64Array];
  return [refreshedFactor(right, a, rule), refreshedFactor(left, g, rule)];
}

export interface MapGradient {
  /** [in, out] */
  readonly weight: Tensor;
  /** [out] */
  readonly bias: Tensor | null;
}

const norm = (x: Tensor): Tensor => sqrt(sum(square(x)));
const jointNorm = ({ weight, bias }: MapGradient): Tensor =>
  bias === null ? norm(weight) : add(norm(weight), norm(bias));

/** R G L, brought back to G's size: the norms of weight and bias parts are added, as in the package. A zero gradient stays. */
export function precondition(gradient: MapGradient, right: Tensor, left: Tensor): MapGradient {
  const [fanIn = 0, fanOut = 0] = gradient.weight.shape;
  const whole =
    gradient.bias === null
      ? gradient.weight
      : concat([gradient.weight, reshape(gradient.bias, [1, fanOut])], 0);
  const turned = matMul(matMul(right, whole), left);
  const parts: MapGradient =
    gradient.bias === null
      ? { weight: turned, bias: null }
      : {
          weight: slice(turned, [0, 0], [fanIn, fanOut]),
          bias: reshape(slice(turned, [fanIn, 0], [1, fanOut]), [fanOut]),
        };
  const size = div(jointNorm(gradient), maximum(jointNorm(parts), scalar(1e-30)));
  return {
    weight: mul(parts.weight, size),
    bias: parts.bias === null ? null : mul(parts.bias, size),
  };
}

const held = (state: OptimizerState, name: string): Tensor => {
  const found = state[name];
  if (found === undefined) throw new Error(`optimizer state has no ${name}`);
  return found;
};

const matrixOf = (held: Tensor): Matrix => {
  const [rows = 0, cols = 0] = held.shape;
  return matrixFrom(rows, cols, held.dataSync<"float32">());
};

/** A dense map whose weight and bias are preconditioned as one. */
export interface MkorMap {
  readonly weight: ParamFacts;
  readonly bias: ParamFacts | null;
  /** Whether rows are windows of an image: means are over windows, then over images. */
  readonly windows: boolean;
}

/** Numbers of both factors of a map: (in + 1)^2 + out^2, or in^2 + out^2 without a bias. */
export const factorNumbers = (fanIn: number, fanOut: number, biased: boolean): number =>
  (fanIn + (biased ? 1 : 0)) ** 2 + fanOut ** 2;

const FLOAT_BYTES = 4;

/** Optimizers for the weight, which holds the factors, and for the bias of one map. */
export function mkor(
  map: MkorMap,
  options: MkorOptions,
): { readonly weight: Optimizer; readonly bias: Optimizer } {
  const { inner, refreshEvery, warmupSteps } = options;
  const [fanIn = 0, fanOut = 0] = map.weight.shape;
  const rows = fanIn + (map.bias === null ? 0 : 1);
  /** Both optimizers ask for the same product; it is recorded once a gradient. */
  const made = new WeakMap<Tensor, MapGradient>();
  const turned = (weight: Tensor, bias: Tensor | null, state: OptimizerState): MapGradient => {
    const known =
      made.get(weight) ?? precondition({ weight, bias }, held(state, "right"), held(state, "left"));
    made.set(weight, known);
    return known;
  };
  const gradientOf = (input: UpdateInput, param: ParamFacts): Tensor => {
    if (input.peer === undefined)
      throw new Error(`mkor: ${input.param.name} needs the gradient of ${param.name}`);
    return input.peer(param.name).gradient;
  };
  return {
    weight: {
      id: "mkor",
      init: (param) => ({ ...inner.init(param), right: eye(rows), left: eye(fanOut) }),
      stateBytes: (param) =>
        inner.stateBytes(param) + FLOAT_BYTES * factorNumbers(fanIn, fanOut, map.bias !== null),
      update(input) {
        const bias = map.bias === null ? null : gradientOf(input, map.bias);
        const { weight } = turned(input.gradient, bias, input.state);
        const { value, state } = inner.update(withGradient(input, weight));
        return {
          value,
          state: { ...state, right: held(input.state, "right"), left: held(input.state, "left") },
        };
      },
      refresh: {
        // The first visit leaves the factors at the identity.
        due: (step) => step > 1 && ((step - 1) % refreshEvery === 0 || step - 1 < warmupSteps),
        see: ({ input, outputGradient, examples }) => ({
          input: mean(input, 0),
          // Gradients of a mean loss carry its 1 / rows: their sum is the mean of the rows' own.
          outputGradient: mul(
            sum(outputGradient, 0),
            scalar(map.windows ? examples / (outputGradient.shape[0] ?? 1) : 1),
          ),
        }),
        run({ state, seen }) {
          const { input, outputGradient } = seen ?? {};
          if (input === undefined || outputGradient === undefined) return {};
          const means = [map.bias === null ? input : [...input, 1], outputGradient] as const;
          const factors = [matrixOf(held(state, "right")), matrixOf(held(state, "left"))] as const;
          const [right, left] = refreshedPair(factors, means, options);
          return {
            right: tensor(toFloat32(right), [rows, rows]),
            left: tensor(toFloat32(left), [fanOut, fanOut]),
          };
        },
      },
    },
    bias: {
      ...inner,
      id: "mkor",
      update(input) {
        const { gradient, state } = input.peer?.(map.weight.name) ?? {};
        if (gradient === undefined || state === undefined)
          throw new Error(`mkor: ${input.param.name} needs the gradient of ${map.weight.name}`);
        const { bias } = turned(gradient, input.gradient, state);
        return inner.update(withGradient(input, bias ?? input.gradient));
      },
    },
  };
}
