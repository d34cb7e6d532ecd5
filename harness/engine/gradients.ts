// Gradients of tfjs that are replaced for every engine: some that waste memory or time, two that fail where they should not.
// (The stock ones are registered by tensor.ts.)
import { fusedReluGrad } from "./fused.ts";
import { gatherGradient } from "./gather-gradient.ts";
import {
  backend_util,
  broadcastTo,
  cumprod,
  div,
  type GradConfig,
  mul,
  type NamedAttrMap,
  neg,
  registerGradient,
  reshape,
  step,
  sub,
  sum,
  type Tensor,
  transpose,
  unregisterGradient,
  util,
} from "./tensor.ts";

/** `dy` of a reduction spread over the reduced axes again: a broadcast, where tfjs multiplies by a host array of ones. */
function spread(dy: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  const kept = x.shape.map((size, i) => (axes.includes(i) ? 1 : size));
  return broadcastTo(reshape(dy, kept), x.shape);
}

const single = (dy: Tensor | Tensor[]): Tensor => {
  const [first] = Array.isArray(dy) ? dy : [dy];
  if (first === undefined) throw new Error("a gradient function was called without tensors");
  return first;
};

/** Sums what broadcasting repeated, so that a gradient has its input's shape again. */
function unbroadcast(gradient: Tensor, x: Tensor): Tensor {
  const axes = backend_util.getReductionAxes(x.shape, gradient.shape);
  return reshape(axes.length === 0 ? gradient : sum(gradient, axes), x.shape);
}

/** The products of all other elements along the reduced axes: exact where elements are zero. */
function prodGradient(dy: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  const outer = x.shape.map((_, i) => i).filter((axis) => !axes.includes(axis));
  const perm = [...outer, ...axes];
  const moved = transpose(x, perm);
  const inner = axes.reduce((product, axis) => product * (x.shape[axis] ?? 1), 1);
  const rows = reshape(moved, [-1, inner]);
  const others = mul(cumprod(rows, 1, true), cumprod(rows, 1, true, true));
  const gradient = reshape(mul(reshape(dy, [-1, 1]), others), moved.shape);
  return transpose(
    gradient,
    perm.map((_, i) => perm.indexOf(i)),
  );
}

const axesOf = (attrs: NamedAttrMap, x: Tensor) =>
  util.parseAxisParam(attrs.axis as number | number[], x.shape);

/** What takes the place of the stock gradients. */
const REPLACEMENTS: readonly GradConfig[] = [
  {
    kernelName: "Sum",
    inputsToSave: ["x"],
    gradFunc: (dy, saved, attrs) => ({
      x: () => spread(single(dy), single(saved), axesOf(attrs, single(saved))),
    }),
  },
  {
    kernelName: "Mean",
    inputsToSave: ["x"],
    gradFunc: (dy, saved, attrs) => {
      const x = single(saved);
      const axes = axesOf(attrs, x);
      const count = axes.reduce((product, axis) => product * (x.shape[axis] ?? 1), 1);
      return { x: () => spread(div(single(dy), count), x, axes) };
    },
  },
  {
    // The stock one keeps the input alive; the output, which the next operation keeps anyway, tells the sign as well.
    kernelName: "Relu",
    outputsToSave: [true],
    gradFunc: (dy, saved) => {
      const [gradient, y] = [single(dy), single(saved)];
      return { x: () => fusedReluGrad(gradient, y) ?? mul(gradient, step(y)) };
    },
  },
  {
    // The stock one calls a chained method that the Node build does not have.
    kernelName: "Prod",
    inputsToSave: ["x"],
    gradFunc: (dy, saved, attrs) => ({
      x: () => prodGradient(single(dy), single(saved), axesOf(attrs, single(saved))),
    }),
  },
  {
    // The stock one cannot undo broadcasting.
    kernelName: "SquaredDifference",
    inputsToSave: ["a", "b"],
    gradFunc: (dy, [a, b]) => {
      if (a === undefined || b === undefined) throw new Error("SquaredDifference saved no inputs");
      const gradient = () => mul(mul(sub(a, b), 2), single(dy));
      return { a: () => unbroadcast(gradient(), a), b: () => unbroadcast(neg(gradient()), b) };
    },
  },
];

let replaced = false;

/** Registers our gradients in place of the stock ones, once per process. */
export function replaceGradients(): void {
  if (replaced) return;
  for (const config of [...REPLACEMENTS, gatherGradient()]) {
    unregisterGradient(config.kernelName);
    registerGradient(config);
  }
  replaced = true;
}
