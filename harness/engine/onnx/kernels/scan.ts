// Running products, and normalisation over neighbouring channels: kernels that ONNX has no operator for, or none that fits.
import type { CumprodAttrs, LRNAttrs } from "../../tensor.ts";
import { type Ins, type KernelTable, kernel, type Recorder } from "../kernel.ts";
import type { Value } from "../value.ts";
import { matmul } from "./matmul.ts";
import { pad } from "./shape.ts";
import { axisOf, block, cast, dim, replaced, sliced } from "./shapes.ts";

const flipped = (r: Recorder, value: Value, axis: number): Value =>
  sliced(r, value, value.shape, {
    begin: [-1],
    end: [-dim(value.shape, axis) - 1],
    axes: [axis],
    steps: [-1],
  });

/** The elements moved `by` places towards the end of an axis, ones in front. */
function shifted(r: Recorder, value: Value, axis: number, by: number): Value {
  const size = dim(value.shape, axis);
  const zeros = value.shape.map(() => 0);
  const kept = block(r, value, zeros, replaced(value.shape, axis, size - by));
  return pad(
    r,
    kept,
    value.shape.map((_, i) => [i === axis ? by : 0, 0] as const),
    1,
  );
}

/** Doubling strides (Hillis and Steele): log2 of the length products instead of one per element. */
const cumprod = kernel<Ins<"x">, CumprodAttrs>((r, { x }, { axis, exclusive, reverse }) => {
  const on = axisOf(axis, x.shape);
  const size = dim(x.shape, on);
  let value = r.value(x);
  if (value.type === "bool") value = cast(r, value, "int32");
  if (reverse) value = flipped(r, value, on);
  if (exclusive) value = shifted(r, value, on, 1);
  for (let by = 1; by < size; by *= 2)
    value = r.emit("Mul", [value, shifted(r, value, on, by)], value.shape, value.type);
  return r.out(reverse ? flipped(r, value, on) : value);
});

const times = (r: Recorder, a: Value, b: Value) => r.emit("Mul", [a, b], a.shape, "float32");
const power = (r: Recorder, a: Value, exponent: number) =>
  r.emit("Pow", [a, r.scalar(exponent)], a.shape, "float32");

/** Sums over the channels within `radius`: a product with a band of ones. */
function neighbours(r: Recorder, value: Value, radius: number): Value {
  const channels = dim(value.shape, -1);
  const band = new Float32Array(channels * channels);
  for (let i = 0; i < channels; i++)
    for (let j = Math.max(0, i - radius); j <= Math.min(channels - 1, i + radius); j++)
      band[i * channels + j] = 1;
  const rows = r.reshape(value, [value.shape.slice(0, -1).reduce((a, b) => a * b, 1), channels]);
  const sums = matmul(r, rows, r.constant(band, [channels, channels], "float32"), false, false);
  return r.reshape(sums, value.shape);
}

/** bias + alpha * sum of squares over the neighbouring channels. */
function norm(r: Recorder, x: Value, { depthRadius, bias, alpha }: LRNAttrs): Value {
  const squares = neighbours(r, times(r, x, x), depthRadius);
  const scaled = r.emit("Mul", [squares, r.scalar(alpha)], x.shape, "float32");
  return r.emit("Add", [scaled, r.scalar(bias)], x.shape, "float32");
}

const lrn = kernel<Ins<"x">, LRNAttrs>((r, { x }, attrs) => {
  const value = cast(r, r.value(x), "float32");
  return r.out(times(r, value, power(r, norm(r, value, attrs), -attrs.beta)));
});

const lrnGrad = kernel<Ins<"x" | "y" | "dy">, LRNAttrs>((r, { x, y, dy }, attrs) => {
  const value = cast(r, r.value(x), "float32");
  const gradient = r.value(dy);
  const n = norm(r, value, attrs);
  const own = times(r, gradient, power(r, n, -attrs.beta));
  const through = r.emit("Div", [times(r, gradient, r.value(y)), n], y.shape, "float32");
  const others = times(r, value, neighbours(r, through, attrs.depthRadius));
  const scaled = r.emit("Mul", [others, r.scalar(-2 * attrs.alpha * attrs.beta)], y.shape, "float32");
  return r.out(r.emit("Add", [own, scaled], y.shape, "float32"));
});

export const SCAN_KERNELS: KernelTable = { Cumprod: cumprod, LRN: lrn, LRNGrad: lrnGrad };
