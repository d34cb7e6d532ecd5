// Maxima and averages under sliding windows and their gradients, in any number of dimensions. Registers nothing.
import type { Recorder } from "../kernel.ts";
import type { OnnxAttributes } from "../proto.ts";
import { sizeOf, type Value } from "../value.ts";
import { pad } from "./shape.ts";
import { filled } from "./shapes.ts";
import {
  attributesOf,
  channelsFirst,
  channelsLast,
  inLayout,
  outShape,
  patches,
  transposedConvolution,
  type Window,
} from "./spatial.ts";
import { isTiled, tiledMaxGradient } from "./tiled-pooling.ts";

/** AveragePool leaves dilations out where they are 1: ONNX Runtime's plain kernel knows none. */
function poolAttributes(w: Window): OnnxAttributes {
  const { dilations, ...plain } = attributesOf(w);
  return w.dilations.every((n) => n === 1) || dilations === undefined ? plain : { ...plain, dilations };
}

/** Input padded by hand where a pad is as wide as the window, which ONNX Runtime refuses. */
function prepadded(r: Recorder, x: Value, w: Window, fill: number): { x: Value; w: Window } {
  const first = channelsFirst(r, x, w);
  const tooWide = w.filter.some((size, i) => (w.before[i] ?? 0) >= size || (w.after[i] ?? 0) >= size);
  if (!tooWide) return { x: first, w };
  const none = w.filter.map(() => 0);
  const amounts = [0, 0, ...w.before].map((n, i) => [n, [0, 0, ...w.after][i] ?? 0] as const);
  return { x: pad(r, first, amounts, fill), w: { ...w, before: none, after: none } };
}

export function maxPooling(r: Recorder, x: Value, w: Window): Value {
  const input = prepadded(r, x, w, Number.NEGATIVE_INFINITY);
  const y = r.emit("MaxPool", [input.x], outShape(w), "float32", { attributes: poolAttributes(input.w) });
  return inLayout(r, y, w);
}

/**
 * Of equal elements the first gets the gradient, as in tfjs. Windows that overlap or leave gaps take MaxPool's own indices
 * and a scatter, which run at a tenth of the speed of comparing. `y` is the pooled output.
 */
export function maxPoolingGradient(r: Recorder, dy: Value, x: Value, y: Value, w: Window): Value {
  if (isTiled(w)) return tiledMaxGradient(r, dy, x, y, w);
  if (r.provider === "webgpu") return maskedPoolingGradient(r, dy, x, w);
  const shape = outShape(w);
  const count = sizeOf(shape);
  const input = prepadded(r, x, w, Number.NEGATIVE_INFINITY);
  const total = sizeOf(input.x.shape);
  const outputs = [
    { shape, type: "float32" },
    { shape, type: "int64" },
  ] as const;
  const [, indices] = r.emitMany("MaxPool", [input.x], outputs, { attributes: poolAttributes(input.w) });
  if (indices === undefined) throw new Error("MaxPool recorded no indices");
  const flat = r.reshape(channelsFirst(r, dy, w), [count]);
  const scattered = r.emit(
    "ScatterElements",
    [filled(r, [total], 0, "float32"), r.reshape(indices, [count]), flat],
    [total],
    "float32",
    { attributes: { axis: 0, reduction: "add" } },
  );
  const whole = r.reshape(scattered, input.x.shape);
  if (input.w === w) return inLayout(r, whole, w);
  const amounts = [0, 0, ...w.before].map((n, i) => [-n, -([0, 0, ...w.after][i] ?? 0)] as const);
  return inLayout(r, pad(r, whole, amounts, 0), w);
}

/**
 * The same without MaxPool's indices, which WebGPU does not give: each filter position takes the gradient where it is the
 * first to equal the maximum, and a transposed convolution with a one-hot filter puts it back in place. One each: with
 * several channels in a group, the provider's transposed convolution is wrong in 1.30.0.
 */
function maskedPoolingGradient(r: Recorder, dy: Value, x: Value, w: Window): Value {
  const pooled = channelsLast(r, maxPooling(r, x, w), w);
  const gradient = channelsLast(r, dy, w);
  const last = { ...w, channelsFirst: false };
  const { shape } = gradient;
  const count = sizeOf(w.filter);
  let open = r.emit("Equal", [pooled, pooled], shape, "bool");
  const parts = patches(r, channelsLast(r, x, w), w, Number.NEGATIVE_INFINITY).map((patch, tap) => {
    const hit = r.emit("And", [r.emit("Equal", [patch, pooled], shape, "bool"), open], shape, "bool");
    open = r.emit("And", [open, r.emit("Not", [hit], shape, "bool")], shape, "bool");
    const taken = r.emit("Where", [hit, gradient, r.scalar(0)], shape, "float32");
    const oneHot = Float32Array.from({ length: w.inChannels * count }, (_, i) => (i % count === tap ? 1 : 0));
    const filter = r.constant(oneHot, [w.inChannels, 1, ...w.filter], "float32");
    return transposedConvolution(r, taken, filter, last, w.inChannels);
  });
  const whole = parts.reduce((a, b) => r.emit("Add", [a, b], a.shape, "float32"));
  return w.channelsFirst ? channelsFirst(r, whole, last) : whole;
}

/** Each output position's share: one over the count of input elements that its window covers, padding left out. */
function shares(w: Window): Float32Array {
  const covered = w.outSize.map((positions, i) =>
    Array.from({ length: positions }, (_, at) => {
      let count = 0;
      for (let tap = 0; tap < (w.filter[i] ?? 1); tap++) {
        const position = at * (w.strides[i] ?? 1) - (w.before[i] ?? 0) + tap * (w.dilations[i] ?? 1);
        if (position >= 0 && position < (w.inSize[i] ?? 0)) count++;
      }
      return count;
    }),
  );
  let counts = [1];
  for (const axis of covered) counts = counts.flatMap((outer) => axis.map((inner) => outer * inner));
  return Float32Array.from(counts, (count) => 1 / Math.max(count, 1));
}

/** The sum under each window as a grouped convolution with ones, times its share. */
export function averagePooling(r: Recorder, x: Value, w: Window): Value {
  const simple = w.filter.every((size, i) => (w.before[i] ?? 0) < size && (w.after[i] ?? 0) < size);
  if (simple && w.dilations.every((n) => n === 1)) {
    const attributes = poolAttributes(w);
    return inLayout(
      r,
      r.emit("AveragePool", [channelsFirst(r, x, w)], outShape(w), "float32", { attributes }),
      w,
    );
  }
  const ones = filled(r, [w.inChannels, 1, ...w.filter], 1, "float32");
  const sums = r.emit("Conv", [channelsFirst(r, x, w), ones], outShape(w), "float32", {
    attributes: { ...attributesOf(w), group: w.inChannels },
  });
  const share = r.constant(shares(w), [1, 1, ...w.outSize], "float32");
  return inLayout(r, r.emit("Mul", [sums, share], sums.shape, "float32"), w);
}

/**
 * The exact gradient of averaging over what a window covers. tfjs's cpu backend divides by the whole window at padded
 * borders, which is not the gradient of its own forward.
 */
export function averagePoolingGradient(r: Recorder, dy: Value, w: Window): Value {
  const shape = w.channelsFirst ? [1, 1, ...w.outSize] : [1, ...w.outSize, 1];
  const spread = r.emit("Mul", [dy, r.constant(shares(w), shape, "float32")], dy.shape, "float32");
  const ones = filled(r, [w.inChannels, 1, ...w.filter], 1, "float32");
  return transposedConvolution(r, spread, ones, w, w.inChannels);
}
