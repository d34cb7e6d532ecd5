// Sliding windows over images and volumes in one form for two and three dimensions, and the ONNX nodes built on them.
// tfjs lays tensors out with the channels last, ONNX with the channels first. Registers nothing.
import type { backend_util } from "../../tensor.ts";
import type { Recorder } from "../kernel.ts";
import type { OnnxAttributes } from "../proto.ts";
import { sizeOf, type Value } from "../value.ts";
import { blockedConvolution, blockedInputGradient, isBlocked } from "./blocked-conv.ts";
import { matmul } from "./matmul.ts";
import { concat, pad } from "./shape.ts";
import { block, replaced, sliced, transpose } from "./shapes.ts";

/** A window's geometry; the lists have one entry per spatial axis. */
export interface Window {
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly inSize: readonly number[];
  readonly outSize: readonly number[];
  readonly filter: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before each axis, and after it as far as the last window reaches. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly channelsFirst: boolean;
}

type Info2d = backend_util.Conv2DInfo;
type Info3d = backend_util.Conv3DInfo;

function build(
  info: Info2d | Info3d,
  axes: Pick<Window, "inSize" | "outSize" | "filter" | "strides" | "dilations" | "before">,
): Window {
  const after = axes.inSize.map((size, i) => {
    const reach =
      ((axes.outSize[i] ?? 1) - 1) * (axes.strides[i] ?? 1) +
      ((axes.filter[i] ?? 1) - 1) * (axes.dilations[i] ?? 1) +
      1;
    return Math.max(0, reach - size - (axes.before[i] ?? 0));
  });
  return {
    batch: info.batchSize,
    inChannels: info.inChannels,
    outChannels: info.outChannels,
    channelsFirst: info.dataFormat === "channelsFirst",
    after,
    ...axes,
  };
}

export const window2d = (info: Info2d): Window =>
  build(info, {
    inSize: [info.inHeight, info.inWidth],
    outSize: [info.outHeight, info.outWidth],
    filter: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    before: [info.padInfo.top, info.padInfo.left],
  });

export const window3d = (info: Info3d): Window =>
  build(info, {
    inSize: [info.inDepth, info.inHeight, info.inWidth],
    outSize: [info.outDepth, info.outHeight, info.outWidth],
    filter: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
  });

const spatialAxes = (w: Window) => w.inSize.map((_, i) => i);
const toFirst = (w: Window) => [0, w.inSize.length + 1, ...spatialAxes(w).map((i) => i + 1)];
const toLast = (w: Window) => [0, ...spatialAxes(w).map((i) => i + 2), 1];
/** Permutations of a filter [...spatial, in, out]: to ONNX's [out, in, ...spatial] and to [in, out, ...spatial]. */
const filterOutIn = (w: Window) => [w.inSize.length + 1, w.inSize.length, ...spatialAxes(w)];
const filterInOut = (w: Window) => [w.inSize.length, w.inSize.length + 1, ...spatialAxes(w)];

export const channelsFirst = (r: Recorder, value: Value, w: Window) =>
  w.channelsFirst ? value : transpose(r, value, toFirst(w));
export const channelsLast = (r: Recorder, value: Value, w: Window) =>
  w.channelsFirst ? transpose(r, value, toLast(w)) : value;
/** A channels-first result in the layout that the caller works in. */
export const inLayout = (r: Recorder, value: Value, w: Window) =>
  w.channelsFirst ? value : transpose(r, value, toLast(w));

export const attributesOf = (w: Window): OnnxAttributes => ({
  kernel_shape: w.filter,
  strides: w.strides,
  dilations: w.dilations,
  pads: [...w.before, ...w.after],
});

export const outShape = (w: Window) => [w.batch, w.outChannels, ...w.outSize];

const isPointwise = (w: Window) =>
  !w.channelsFirst &&
  [...w.filter, ...w.strides].every((n) => n === 1) &&
  [...w.before, ...w.after].every((n) => n === 0);

export function convolution(r: Recorder, x: Value, filter: Value, w: Window): Value {
  if (isPointwise(w)) {
    const rows = r.reshape(x, [w.batch * sizeOf(w.inSize), w.inChannels]);
    const product = matmul(r, rows, r.reshape(filter, [w.inChannels, w.outChannels]), false, false);
    return r.reshape(product, [w.batch, ...w.outSize, w.outChannels]);
  }
  if (isBlocked(r, w)) return blockedConvolution(r, x, filter, w);
  const inputs = [channelsFirst(r, x, w), transpose(r, filter, filterOutIn(w))];
  return inLayout(r, r.emit("Conv", inputs, outShape(w), "float32", { attributes: attributesOf(w) }), w);
}

/** Gradient of a convolution's input; `filter` [...spatial, in, out]. */
export function inputGradient(r: Recorder, dy: Value, filter: Value, w: Window): Value {
  const blocked = isBlocked(r, w) ? blockedInputGradient(r, dy, filter, w) : null;
  return blocked ?? transposedConvolution(r, dy, transpose(r, filter, filterOutIn(w)), w, 1);
}

/** [...spatial, channels, multiplier] as grouped weights [channels * multiplier, 1, ...spatial]. */
export const groupedWeights = (r: Recorder, filter: Value, w: Window): Value =>
  r.reshape(transpose(r, filter, filterInOut(w)), [w.outChannels, 1, ...w.filter]);

export function depthwiseConvolution(r: Recorder, x: Value, filter: Value, w: Window): Value {
  const attributes = { ...attributesOf(w), group: w.inChannels };
  const inputs = [channelsFirst(r, x, w), groupedWeights(r, filter, w)];
  return inLayout(r, r.emit("Conv", inputs, outShape(w), "float32", { attributes }), w);
}

/**
 * Gradient of a convolution's input as a transposed convolution; `weights` are [outChannels, inChannels / group,
 * ...spatial]. Where windows leave the end of the input uncovered, or reach beyond it, the result is padded or cut.
 */
export function transposedConvolution(
  r: Recorder,
  dy: Value,
  weights: Value,
  w: Window,
  group: number,
): Value {
  const perGroup = w.outChannels / group;
  if (r.provider === "webgpu" && group > 1 && perGroup > 1) return groupwise(r, dy, weights, w, group);
  const rest = w.inSize.map((size, i) => {
    const covered =
      ((w.outSize[i] ?? 1) - 1) * (w.strides[i] ?? 1) + ((w.filter[i] ?? 1) - 1) * (w.dilations[i] ?? 1) + 1;
    return size - (covered - (w.before[i] ?? 0) - (w.after[i] ?? 0));
  });
  const fits = rest.every((n, i) => n >= 0 && n < (w.strides[i] ?? 1));
  const shape = [w.batch, w.inChannels, ...w.inSize.map((size, i) => size - (fits ? 0 : (rest[i] ?? 0)))];
  const y = r.emit("ConvTranspose", [channelsFirst(r, dy, w), weights], shape, "float32", {
    attributes: { ...attributesOf(w), output_padding: fits ? rest : rest.map(() => 0), group },
  });
  if (fits) return inLayout(r, y, w);
  const amounts = [0, 0, ...rest].map((n) => [0, n] as const);
  return inLayout(r, pad(r, y, amounts, 0), w);
}

/** One transposed convolution per channel of a group, added up: WebGPU's is wrong for several at once in 1.30.0. */
function groupwise(r: Recorder, dy: Value, weights: Value, w: Window, group: number): Value {
  const perGroup = w.outChannels / group;
  const last = { ...w, channelsFirst: false, outChannels: group };
  const spatial = [w.batch, ...w.outSize];
  const gradient = r.reshape(channelsLast(r, dy, w), [...spatial, group, perGroup]);
  const filters = r.reshape(weights, [group, perGroup, ...weights.shape.slice(1)]);
  const along = (value: Value, axis: number, at: number) => {
    const begin = value.shape.map((_, i) => (i === axis ? at : 0));
    return block(r, value, begin, replaced(value.shape, axis, 1));
  };
  const parts = Array.from({ length: perGroup }, (_, i) => {
    const dyPart = r.reshape(along(gradient, spatial.length + 1, i), [...spatial, group]);
    const filter = r.reshape(along(filters, 1, i), [group, ...weights.shape.slice(1)]);
    return transposedConvolution(r, dyPart, filter, last, group);
  });
  const whole = parts.reduce((a, b) => r.emit("Add", [a, b], a.shape, "float32"));
  return w.channelsFirst ? channelsFirst(r, whole, last) : whole;
}

/** The input with its padding; `x` has the channels last. */
function padded(r: Recorder, x: Value, w: Window, fill: number): Value {
  const amounts = [0, ...w.before, 0].map((n, i) => [n, [0, ...w.after, 0][i] ?? 0] as const);
  return pad(r, x, amounts, fill);
}

/** What one filter position sees of a padded input, [batch, ...outSize, channels]. */
function patch(r: Recorder, whole: Value, w: Window, tap: number): Value {
  let rest = tap;
  const begin: number[] = [];
  for (let i = w.filter.length - 1; i >= 0; i--) {
    const size = w.filter[i] ?? 1;
    begin.unshift((rest % size) * (w.dilations[i] ?? 1));
    rest = Math.floor(rest / size);
  }
  const end = begin.map((from, i) => from + ((w.outSize[i] ?? 1) - 1) * (w.strides[i] ?? 1) + 1);
  const axes = w.inSize.map((_, i) => i + 1);
  return sliced(r, whole, [w.batch, ...w.outSize, w.inChannels], { begin, end, axes, steps: w.strides });
}

const taps = (w: Window): number[] => Array.from({ length: sizeOf(w.filter) }, (_, tap) => tap);

/** What each filter position sees, [batch, ...outSize, channels] each; `x` has the channels last. */
export function patches(r: Recorder, x: Value, w: Window, fill = 0): Value[] {
  const whole = padded(r, x, w, fill);
  return taps(w).map((tap) => patch(r, whole, w, tap));
}

/**
 * One slice and one Gemm for each filter position, in the filter's own layout. One Gemm over all positions side by side
 * has the same bits, but takes twice the time and nine times the memory of a 3x3 filter's slice; a convolution over
 * swapped axes is slower still.
 */
export function filterGradient(r: Recorder, x: Value, dy: Value, w: Window): Value {
  const rows = w.batch * sizeOf(w.outSize);
  const whole = padded(r, channelsLast(r, x, w), w, 0);
  const gradient = r.reshape(channelsLast(r, dy, w), [rows, w.outChannels]);
  const parts = taps(w).map((tap) =>
    matmul(r, r.reshape(patch(r, whole, w, tap), [rows, w.inChannels]), gradient, true, false),
  );
  return r.reshape(concat(r, parts, 0), [...w.filter, w.inChannels, w.outChannels]);
}

/** One weighted sum over batch and positions for each filter position. */
export function depthwiseFilterGradient(r: Recorder, x: Value, dy: Value, w: Window): Value {
  const multiplier = w.outChannels / w.inChannels;
  const rows = w.batch * sizeOf(w.outSize);
  const gradient = r.reshape(channelsLast(r, dy, w), [rows, w.inChannels, multiplier]);
  const sums = patches(r, channelsLast(r, x, w), w).map((seen) => {
    const product = r.emit(
      "Mul",
      [r.reshape(seen, [rows, w.inChannels, 1]), gradient],
      gradient.shape,
      "float32",
    );
    return r.emit("ReduceSum", [product], [1, w.inChannels, multiplier], "float32", {
      attributes: { keepdims: 1 },
      vectors: [[0]],
    });
  });
  return r.reshape(concat(r, sums, 0), [...w.filter, w.inChannels, multiplier]);
}
