// Gradients of tfjs that are replaced for every engine, because the stock ones waste memory. The results are the same.
// (The stock ones are registered by tensor.ts.)
import {
  broadcastTo,
  div,
  registerGradient,
  reshape,
  type Tensor,
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
  if (first === undefined) throw new Error("a reduction has one gradient");
  return first;
};

let replaced = false;

/** Registers broadcasting gradients for Sum and Mean, once per process. */
export function replaceGradients(): void {
  if (replaced) return;
  for (const kernelName of ["Sum", "Mean"]) {
    unregisterGradient(kernelName);
    registerGradient({
      kernelName,
      inputsToSave: ["x"],
      gradFunc: (dy, [x], attrs) => {
        if (x === undefined) throw new Error(`${kernelName} saved no input`);
        const axes = util.parseAxisParam(attrs.axis as number | number[], x.shape);
        const count =
          kernelName === "Sum" ? 1 : axes.reduce((product, axis) => product * (x.shape[axis] ?? 1), 1);
        return { x: () => spread(count === 1 ? single(dy) : div(single(dy), count), x, axes) };
      },
    });
  }
  replaced = true;
}
