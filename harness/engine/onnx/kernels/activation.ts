// Activations as recorded functions, shared by their own kernels and the fused ones. Registers nothing.
import type { Recorder } from "../kernel.ts";
import type { Value } from "../value.ts";
import { broadcastShape } from "./shapes.ts";

/** Max keeps NaN, which ONNX's Relu does too; it also serves integers. */
export const relu = (r: Recorder, x: Value): Value =>
  r.emit("Max", [x, r.scalar(0, x.type)], x.shape, x.type);

export function clip(r: Recorder, x: Value, low: number, high: number): Value {
  const above = r.emit("Max", [x, r.scalar(low, x.type)], x.shape, x.type);
  return r.emit("Min", [above, r.scalar(high, x.type)], x.shape, x.type);
}

export const elu = (r: Recorder, x: Value): Value => r.emit("Elu", [x], x.shape, "float32");
export const sigmoid = (r: Recorder, x: Value): Value => r.emit("Sigmoid", [x], x.shape, "float32");
export const leakyRelu = (r: Recorder, x: Value, alpha: number): Value =>
  r.emit("LeakyRelu", [x], x.shape, "float32", { attributes: { alpha: { float: alpha } } });

/** x where it is not negative, else alpha * x with a trained alpha that broadcasts. */
export function prelu(r: Recorder, x: Value, alpha: Value): Value {
  const shape = broadcastShape(x.shape, alpha.shape);
  const negative = r.emit("Less", [x, r.scalar(0)], x.shape, "bool");
  return r.emit("Where", [negative, r.emit("Mul", [x, alpha], shape, "float32"), x], shape, "float32");
}

/** The activation that a fused kernel asks for by name. */
export function activate(
  r: Recorder,
  x: Value,
  name: string | undefined | null,
  extra: { readonly preluWeights?: Value | undefined; readonly leakyAlpha?: number | undefined },
): Value {
  if (name === undefined || name === null || name === "linear") return x;
  if (name === "relu") return relu(r, x);
  if (name === "relu6") return clip(r, x, 0, 6);
  if (name === "elu") return elu(r, x);
  if (name === "sigmoid") return sigmoid(r, x);
  if (name === "leakyrelu") return leakyRelu(r, x, extra.leakyAlpha ?? 0.2);
  if (name === "prelu" && extra.preluWeights !== undefined) return prelu(r, x, extra.preluWeights);
  throw new Error(`Activation ${name} has not been implemented for the onnx engine.`);
}
