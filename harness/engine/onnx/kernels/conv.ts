// Convolutions in two and three dimensions, plain, depthwise and fused, with their gradients; batch normalisation.
import {
  backend_util,
  type Conv2DAttrs,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropInputAttrs,
  type Conv3DAttrs,
  type Conv3DBackpropFilterV2Attrs,
  type Conv3DBackpropInputV2Attrs,
  type DepthwiseConv2dNativeAttrs,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type FusedBatchNormAttrs,
  type FusedConv2DAttrs,
  type FusedDepthwiseConv2DAttrs,
  type TensorInfo,
} from "../../tensor.ts";
import { type Ins, type Kernel, type KernelTable, kernel, type Recorder } from "../kernel.ts";
import type { Value } from "../value.ts";
import { activate } from "./activation.ts";
import { broadcastShape, cast } from "./shapes.ts";
import {
  convolution,
  depthwiseConvolution,
  depthwiseFilterGradient,
  filterGradient,
  groupedWeights,
  inputGradient,
  transposedConvolution,
  type Window,
  window2d,
  window3d,
} from "./spatial.ts";

interface Attrs2d {
  readonly strides: number | [number, number];
  readonly pad: Conv2DAttrs["pad"];
  readonly dilations?: number | [number, number] | undefined;
  readonly dimRoundingMode?: "floor" | "round" | "ceil" | undefined;
  readonly dataFormat?: "NHWC" | "NCHW" | undefined;
}

function conv2dWindow(
  input: readonly number[],
  filter: readonly number[],
  attrs: Attrs2d,
  depthwise = false,
): Window {
  const info = backend_util.computeConv2DInfo(
    input as [number, number, number, number],
    filter as [number, number, number, number],
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
    attrs.dataFormat === "NCHW" ? "channelsFirst" : "channelsLast",
  );
  return window2d(info);
}

type Shape5 = [number, number, number, number, number];
type Attrs3d = Pick<Conv3DAttrs, "strides" | "pad"> & Partial<Pick<Conv3DAttrs, "dilations">>;

const conv3dWindow = (input: readonly number[], filter: readonly number[], attrs: Attrs3d): Window =>
  window3d(
    backend_util.computeConv3DInfo(
      input as Shape5,
      filter as Shape5,
      attrs.strides,
      attrs.dilations ?? 1,
      attrs.pad,
    ),
  );

const floats = (r: Recorder, info: TensorInfo): Value => cast(r, r.value(info), "float32");
const two = (r: Recorder, op: string, a: Value, b: Value): Value =>
  r.emit(op, [a, b], broadcastShape(a.shape, b.shape), "float32");

const batchNorm = kernel<
  Ins<"x" | "mean" | "variance"> & { scale?: TensorInfo; offset?: TensorInfo },
  FusedBatchNormAttrs
>((r, { x, mean, variance, scale, offset }, { varianceEpsilon }) => {
  const shifted = two(r, "Add", floats(r, variance), r.scalar(varianceEpsilon));
  const deviation = r.emit("Sqrt", [shifted], shifted.shape, "float32");
  let y = two(r, "Div", two(r, "Sub", floats(r, x), floats(r, mean)), deviation);
  if (scale) y = two(r, "Mul", y, floats(r, scale));
  return r.out(offset ? two(r, "Add", y, floats(r, offset)) : y);
});

type FusedInputs = Ins<"x" | "filter"> & { bias?: TensorInfo; preluActivationWeights?: TensorInfo };

/** A channel vector beside an NCHW result stands on axis 1. */
function alongChannels(r: Recorder, info: TensorInfo, attrs: FusedConv2DAttrs): Value {
  const value = floats(r, info);
  const [length] = value.shape;
  const vector =
    attrs.dataFormat === "NCHW" && value.shape.length === 1 && length !== undefined && length !== 1;
  return vector ? r.reshape(value, [length, 1, 1]) : value;
}

const fused = (depthwise: boolean): Kernel =>
  kernel<FusedInputs, FusedConv2DAttrs & FusedDepthwiseConv2DAttrs>((r, inputs, attrs) => {
    const { x, filter, bias, preluActivationWeights } = inputs;
    const w = conv2dWindow(x.shape, filter.shape, attrs, depthwise);
    const convolve = depthwise ? depthwiseConvolution : convolution;
    let y = convolve(r, floats(r, x), floats(r, filter), w);
    if (bias) y = two(r, "Add", y, alongChannels(r, bias, attrs));
    return r.out(
      activate(r, y, attrs.activation, {
        preluWeights: preluActivationWeights ? alongChannels(r, preluActivationWeights, attrs) : undefined,
        leakyAlpha: attrs.leakyreluAlpha,
      }),
    );
  });

export const CONV_KERNELS: KernelTable = {
  Conv2D: kernel<Ins<"x" | "filter">, Conv2DAttrs>((r, { x, filter }, attrs) =>
    r.out(convolution(r, floats(r, x), floats(r, filter), conv2dWindow(x.shape, filter.shape, attrs))),
  ),
  Conv2DBackpropInput: kernel<Ins<"dy" | "filter">, Conv2DBackpropInputAttrs>((r, { dy, filter }, attrs) => {
    const w = conv2dWindow(attrs.inputShape, filter.shape, attrs);
    return r.out(inputGradient(r, floats(r, dy), floats(r, filter), w));
  }),
  Conv2DBackpropFilter: kernel<Ins<"x" | "dy">, Conv2DBackpropFilterAttrs>((r, { x, dy }, attrs) =>
    r.out(filterGradient(r, floats(r, x), floats(r, dy), conv2dWindow(x.shape, attrs.filterShape, attrs))),
  ),
  Conv3D: kernel<Ins<"x" | "filter">, Conv3DAttrs>((r, { x, filter }, attrs) =>
    r.out(convolution(r, floats(r, x), floats(r, filter), conv3dWindow(x.shape, filter.shape, attrs))),
  ),
  Conv3DBackpropInputV2: kernel<Ins<"dy" | "filter">, Conv3DBackpropInputV2Attrs>(
    (r, { dy, filter }, attrs) => {
      const w = conv3dWindow(attrs.inputShape, filter.shape, attrs);
      return r.out(inputGradient(r, floats(r, dy), floats(r, filter), w));
    },
  ),
  Conv3DBackpropFilterV2: kernel<Ins<"x" | "dy">, Conv3DBackpropFilterV2Attrs>((r, { x, dy }, attrs) =>
    r.out(filterGradient(r, floats(r, x), floats(r, dy), conv3dWindow(x.shape, attrs.filterShape, attrs))),
  ),
  DepthwiseConv2dNative: kernel<Ins<"x" | "filter">, DepthwiseConv2dNativeAttrs>((r, { x, filter }, attrs) =>
    r.out(
      depthwiseConvolution(
        r,
        floats(r, x),
        floats(r, filter),
        conv2dWindow(x.shape, filter.shape, attrs, true),
      ),
    ),
  ),
  DepthwiseConv2dNativeBackpropInput: kernel<Ins<"dy" | "filter">, DepthwiseConv2dNativeBackpropInputAttrs>(
    (r, { dy, filter }, attrs) => {
      const w = conv2dWindow(attrs.inputShape, filter.shape, attrs, true);
      return r.out(
        transposedConvolution(r, floats(r, dy), groupedWeights(r, floats(r, filter), w), w, w.inChannels),
      );
    },
  ),
  DepthwiseConv2dNativeBackpropFilter: kernel<Ins<"x" | "dy">, DepthwiseConv2dNativeBackpropFilterAttrs>(
    (r, { x, dy }, attrs) => {
      const w = conv2dWindow(x.shape, attrs.filterShape, attrs, true);
      return r.out(depthwiseFilterGradient(r, floats(r, x), floats(r, dy), w));
    },
  ),
  FusedConv2D: fused(false),
  FusedDepthwiseConv2D: fused(true),
  FusedBatchNorm: batchNorm,
};
