// Kernels that move, repeat, cut or make elements without computing on them.
import {
  type BroadCastToAttrs,
  backend_util,
  type ConcatAttrs,
  type ExpandDimsAttrs,
  type FillAttrs,
  type NamedTensorInfoMap,
  type PackAttrs,
  type PadV2Attrs,
  type ReshapeAttrs,
  type ReverseAttrs,
  type SliceAttrs,
  type SplitVAttrs,
  slice_util,
  type TensorInfo,
  type TileAttrs,
  type TransposeAttrs,
  type UnpackAttrs,
  util,
} from "../../tensor.ts";
import { type Ins, type Kernel, type KernelTable, kernel, type Recorder } from "../kernel.ts";
import { sameShape, sizeOf, type Value } from "../value.ts";
import {
  axesOf,
  axisOf,
  block,
  broadcastTo,
  cast,
  dim,
  elementType,
  filled,
  replaced,
  sliced,
  transpose,
} from "./shapes.ts";

const given = (inputs: Parameters<Kernel>[1]): TensorInfo[] =>
  Object.values(inputs).filter((info): info is TensorInfo => info !== undefined);

const reshape = kernel<Ins<"x">, ReshapeAttrs>((r, { x }, { shape }) => {
  const size = util.sizeFromShape(x.shape);
  const wanted = util.inferFromImplicitShape(shape, size);
  if (util.sizeFromShape(wanted) !== size)
    throw new Error(
      `The new shape (${wanted}) has ${util.sizeFromShape(wanted)} elements and the old shape (${x.shape}) has ` +
        `${size} elements. The new shape and old shape must have the same number of elements.`,
    );
  return r.alias(x, wanted);
});

const expandDims = kernel<Ins<"input">, ExpandDimsAttrs>((r, { input }, { dim: at }) => {
  const shape = [...input.shape];
  util.assert(
    -(shape.length + 1) <= at,
    () => `Axis must be in the interval [${-(shape.length + 1)}, ${shape.length}]`,
  );
  shape.splice(at < 0 ? shape.length + at + 1 : at, 0, 1);
  return r.alias(input, shape);
});

const transposeKernel = kernel<Ins<"x">, TransposeAttrs>((r, { x }, { perm }) => {
  if (perm.every((p, i) => p === i)) return r.alias(x);
  return r.out(transpose(r, r.value(x), perm));
});

export function concat(r: Recorder, values: readonly Value[], axis: number): Value {
  const [first] = values;
  if (first === undefined) throw new Error("concat needs a tensor");
  const filledOnes = values.filter((value) => sizeOf(value.shape) > 0);
  const total = values.reduce((sum, value) => sum + dim(value.shape, axis), 0);
  const shape = replaced(first.shape, axis, total);
  if (filledOnes.length === 0) return filled(r, shape, 0, first.type);
  const [only] = filledOnes;
  if (filledOnes.length === 1 && only !== undefined) return only;
  return r.emit("Concat", filledOnes, shape, first.type, { attributes: { axis } });
}

const concatKernel = kernel<NamedTensorInfoMap, ConcatAttrs>((r, inputs, attrs) => {
  const infos = given(inputs);
  const axis = axisOf(attrs.axis, infos[0]?.shape ?? []);
  backend_util.assertParamsConsistent(
    infos.map((info) => info.shape),
    axis,
  );
  return r.out(
    concat(
      r,
      infos.map((info) => r.value(info)),
      axis,
    ),
  );
});

const pack = kernel<NamedTensorInfoMap, PackAttrs>((r, inputs, { axis }) => {
  const infos = given(inputs);
  const [first] = infos;
  if (first === undefined) throw new Error("stack needs a tensor");
  for (const info of infos) {
    util.assertShapesMatch(first.shape, info.shape, "All tensors passed to stack must have matching shapes");
    util.assert(first.dtype === info.dtype, () => "All tensors passed to stack must have matching dtypes");
  }
  const one = [...first.shape];
  one.splice(axis < 0 ? axis + one.length + 1 : axis, 0, 1);
  const parts = infos.map((info) => r.reshape(r.value(info), one));
  return r.out(concat(r, parts, axis < 0 ? axis + one.length : axis));
});

const sliceKernel = kernel<Ins<"x">, SliceAttrs>((r, { x }, { begin, size }) => {
  const [from = [], extent = []] = slice_util.parseSliceParams(x, begin, size);
  slice_util.assertParamsValid(x, from, extent);
  if (sizeOf(extent) === 0) return r.out(filled(r, extent, 0, elementType(x.dtype)));
  return r.out(block(r, r.value(x), from, extent));
});

const splitV = kernel<Ins<"x">, SplitVAttrs>((r, { x }, { numOrSizeSplits, axis }) => {
  const on = axisOf(axis, x.shape);
  const value = r.value(x);
  const begin = x.shape.map(() => 0);
  return backend_util.prepareSplitSize(x as never, numOrSizeSplits, on).map((size) => {
    const part = block(r, value, [...begin], replaced(x.shape, on, size));
    begin[on] = (begin[on] ?? 0) + size;
    return r.out(part);
  });
});

const unpack = kernel<Ins<"value">, UnpackAttrs>((r, { value }, { axis }) => {
  const on = axis < 0 ? axis + value.shape.length : axis;
  const rest = value.shape.filter((_, i) => i !== on);
  const whole = r.value(value);
  return Array.from({ length: dim(value.shape, on) }, (_, i) => {
    const begin = value.shape.map((__, k) => (k === on ? i : 0));
    return r.out(r.reshape(block(r, whole, begin, replaced(value.shape, on, 1)), rest));
  });
});

export function pad(
  r: Recorder,
  value: Value,
  paddings: readonly (readonly [number, number])[],
  constant: number,
): Value {
  const shape = value.shape.map((size, i) => size + (paddings[i]?.[0] ?? 0) + (paddings[i]?.[1] ?? 0));
  if (sameShape(shape, value.shape)) return value;
  if (sizeOf(value.shape) === 0) return filled(r, shape, constant, value.type);
  // ONNX Runtime pads no bools.
  if (value.type === "bool") return cast(r, pad(r, cast(r, value, "int32"), paddings, constant), "bool");
  const amounts = BigInt64Array.from([...paddings.map((p) => p[0]), ...paddings.map((p) => p[1])], BigInt);
  const inputs = [value, r.constant(amounts, [amounts.length], "int64"), r.scalar(constant, value.type)];
  return r.emit("Pad", inputs, shape, value.type);
}

const padV2 = kernel<Ins<"x">, PadV2Attrs>((r, { x }, { paddings, constantValue }) =>
  r.out(pad(r, r.value(x), paddings, constantValue ?? 0)),
);

const tile = kernel<Ins<"x">, TileAttrs>((r, { x }, { reps }) => {
  if (reps.every((count) => count === 1)) return r.alias(x);
  const value = r.value(x);
  const shape = x.shape.map((size, i) => size * (reps[i] ?? 1));
  // Repeating axes of size one is a broadcast, which is much cheaper than Tile.
  if (x.shape.every((size, i) => size === 1 || reps[i] === 1)) return r.out(broadcastTo(r, value, shape));
  return r.out(r.emit("Tile", [value], shape, value.type, { vectors: [reps] }));
});

const broadcastToKernel = kernel<Ins<"x">, BroadCastToAttrs>((r, { x }, { shape }) =>
  r.out(broadcastTo(r, r.value(x), shape)),
);

const reverse = kernel<Ins<"x">, ReverseAttrs>((r, { x }, { dims }) => {
  const axes = axesOf(dims, x.shape);
  if (x.shape.length === 0 || axes.length === 0) return r.alias(x);
  const value = r.value(x);
  return r.out(
    sliced(r, value, value.shape, {
      begin: axes.map(() => -1),
      end: axes.map((axis) => -dim(x.shape, axis) - 1),
      axes,
      steps: axes.map(() => -1),
    }),
  );
});

const fill = kernel<unknown, FillAttrs>((r, _, { shape, value, dtype }) => {
  return r.out(filled(r, shape, Number(value), elementType(dtype ?? "float32")));
});

const like = (x: number) =>
  kernel<Ins<"x">>((r, info) => r.out(filled(r, info.x.shape, x, elementType(info.x.dtype))));

export const SHAPE_KERNELS: KernelTable = {
  Reshape: reshape,
  ExpandDims: expandDims,
  Identity: kernel<Ins<"x">>((r, { x }) => r.alias(x)),
  Transpose: transposeKernel,
  Concat: concatKernel,
  Pack: pack,
  Slice: sliceKernel,
  SplitV: splitV,
  Unpack: unpack,
  PadV2: padV2,
  Tile: tile,
  BroadcastTo: broadcastToKernel,
  Reverse: reverse,
  Fill: fill,
  ZerosLike: like(0),
  OnesLike: like(1),
};
