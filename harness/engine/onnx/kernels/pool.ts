// Pooling in two and three dimensions and its gradients.
import { backend_util, type MaxPool3DAttrs, type MaxPoolAttrs, type TensorInfo, util } from "../../tensor.ts";
import { type Ins, type Kernel, type KernelTable, kernel, type Recorder } from "../kernel.ts";
import type { Value } from "../value.ts";
import { averagePooling, averagePoolingGradient, maxPooling, maxPoolingGradient } from "./pooling.ts";
import { cast, castLikeTfjs } from "./shapes.ts";
import { type Window, window2d, window3d } from "./spatial.ts";

type Attrs = MaxPoolAttrs & MaxPool3DAttrs;
type Geometry = (shape: readonly number[], attrs: Attrs) => Window;

const flat: Geometry = (shape, { filterSize, strides, pad, dimRoundingMode }) => {
  util.assert(
    backend_util.eitherStridesOrDilationsAreOne(strides, 1),
    () => `Either strides or dilations must be 1. Got strides ${strides} and dilations '1'`,
  );
  const size = shape as [number, number, number, number];
  return window2d(
    backend_util.computePool2DInfo(
      size,
      filterSize as MaxPoolAttrs["filterSize"],
      strides as MaxPoolAttrs["strides"],
      1,
      pad,
      dimRoundingMode,
    ),
  );
};

const deep: Geometry = (shape, { filterSize, strides, pad, dimRoundingMode, dataFormat }) =>
  window3d(
    backend_util.computePool3DInfo(
      shape as [number, number, number, number, number],
      filterSize as MaxPool3DAttrs["filterSize"],
      strides as MaxPool3DAttrs["strides"],
      1,
      pad,
      dimRoundingMode,
      dataFormat ?? "NDHWC",
    ),
  );

/** Whether tfjs hands the input on as it is: windows of one element that leave the shape alone. */
const isIdentity = (w: Window) =>
  w.filter.every((size) => size === 1) && w.inSize.every((size, i) => size === w.outSize[i]);

/** ONNX Runtime pools floats only. */
const pool = (geometry: Geometry, run: (r: Recorder, x: Value, w: Window) => Value): Kernel =>
  kernel<Ins<"x">, Attrs>((r, { x }, attrs) => {
    const w = geometry(x.shape, attrs);
    if (isIdentity(w)) return r.alias(x);
    const value = r.value(x);
    return r.out(castLikeTfjs(r, run(r, cast(r, value, "float32"), w), value.type));
  });

const maxGradient = (geometry: Geometry): Kernel =>
  kernel<Ins<"dy" | "input" | "output">, Attrs>((r, { dy, input, output }, attrs) => {
    const floats = (info: TensorInfo) => cast(r, r.value(info), "float32");
    const w = geometry(input.shape, attrs);
    return r.out(maxPoolingGradient(r, floats(dy), floats(input), floats(output), w));
  });

const averageGradient = (geometry: Geometry): Kernel =>
  kernel<Ins<"dy" | "input">, Attrs>((r, { dy, input }, attrs) =>
    r.out(averagePoolingGradient(r, cast(r, r.value(dy), "float32"), geometry(input.shape, attrs))),
  );

export const POOL_KERNELS: KernelTable = {
  MaxPool: pool(flat, maxPooling),
  MaxPoolGrad: maxGradient(flat),
  AvgPool: pool(flat, averagePooling),
  AvgPoolGrad: averageGradient(flat),
  MaxPool3D: pool(deep, maxPooling),
  MaxPool3DGrad: maxGradient(deep),
  AvgPool3D: pool(deep, averagePooling),
  AvgPool3DGrad: averageGradient(deep),
};
