// Kernels that rearrange whole axes: blocks to batch and back, strided cuts, mirrored borders, diagonals; and those that
// make sequences from attributes alone.
import {
  type BatchToSpaceNDAttrs,
  backend_util,
  type DepthToSpaceAttrs,
  type LinSpaceAttrs,
  type MirrorPadAttrs,
  type RangeAttrs,
  type SpaceToBatchNDAttrs,
  type StridedSliceAttrs,
  slice_util,
  util,
} from "../../tensor.ts";
import { type Ins, type KernelTable, kernel } from "../kernel.ts";
import { sizeOf } from "../value.ts";
import { pad } from "./shape.ts";
import { block, cast, dim, elementType, filled, sliced, transpose } from "./shapes.ts";

const spaceToBatch = kernel<Ins<"x">, SpaceToBatchNDAttrs>((r, { x }, { blockShape, paddings }) => {
  const count = sizeOf(blockShape);
  const amounts = x.shape.map((_, i) => (paddings[i - 1] ?? [0, 0]) as [number, number]);
  const padded = pad(r, r.value(x), amounts, 0);
  const shape = [...padded.shape];
  const split = backend_util.getReshaped(shape, blockShape, count, false);
  const perm = backend_util.getPermuted(split.length, blockShape.length, false);
  const flat = backend_util.getReshapedPermuted(shape, blockShape, count, false);
  return r.out(r.reshape(transpose(r, r.reshape(padded, split), perm), flat));
});

const batchToSpace = kernel<Ins<"x">, BatchToSpaceNDAttrs>((r, { x }, { blockShape, crops }) => {
  const count = sizeOf(blockShape);
  const split = backend_util.getReshaped(x.shape, blockShape, count);
  const perm = backend_util.getPermuted(split.length, blockShape.length);
  const joined = backend_util.getReshapedPermuted(x.shape, blockShape, count);
  const begin = backend_util.getSliceBeginCoords(crops, blockShape.length);
  const size = backend_util.getSliceSize(joined, crops, blockShape.length);
  const whole = r.reshape(transpose(r, r.reshape(r.value(x), split), perm), joined);
  const rest = joined.slice(size.length);
  return r.out(block(r, whole, [...begin, ...rest.map(() => 0)], [...size, ...rest]));
});

const depthToSpace = kernel<Ins<"x">, DepthToSpaceAttrs>((r, { x }, { blockSize, dataFormat }) => {
  util.assert(
    dataFormat === "NHWC",
    () => `Only NHWC dataFormat supported for depthToSpace. Got ${dataFormat}`,
  );
  const [batch = 0, height = 0, width = 0, depth = 0] = x.shape;
  const left = depth / (blockSize * blockSize);
  const split = r.reshape(r.value(x), [batch, height, width, blockSize, blockSize, left]);
  const shape = [batch, height * blockSize, width * blockSize, left];
  return r.out(r.reshape(transpose(r, split, [0, 1, 3, 2, 4, 5]), shape));
});

const stridedSlice = kernel<Ins<"x">, StridedSliceAttrs>((r, { x }, attrs) => {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attrs;
  const plan = slice_util.sliceInfo(
    x.shape,
    begin,
    end,
    strides,
    beginMask,
    endMask,
    ellipsisMask,
    newAxisMask,
    shrinkAxisMask,
  );
  if (plan.isIdentity) return r.alias(x, plan.finalShape);
  const type = elementType(x.dtype);
  if (sizeOf(plan.finalShape) === 0) return r.out(filled(r, plan.finalShape, 0, type));
  const axes = x.shape.map((_, i) => i);
  const shape = plan.finalShapeSparse;
  // Before the first element lies -size-1 for ONNX, where tfjs says -1.
  const ends = plan.end.map((to, i) => (to < 0 ? -dim(x.shape, i) - 1 : to));
  const cut = sliced(r, r.value(x), shape, { begin: plan.begin, end: ends, axes, steps: plan.strides });
  return r.out(r.reshape(cut, plan.finalShape));
});

/** A gather with the mirrored positions along each padded axis. */
const mirrorPad = kernel<Ins<"x">, MirrorPadAttrs>((r, { x }, { paddings, mode }) => {
  const offset = mode === "reflect" ? 0 : 1;
  let value = r.value(x);
  for (const [axis, [before, after]] of paddings.entries()) {
    if (before === 0 && after === 0) continue;
    const size = dim(x.shape, axis);
    const positions = Int32Array.from({ length: before + size + after }, (_, i) => {
      if (i < before) return before - i - offset;
      return i < before + size ? i - before : 2 * (size - 1) - (i - before) + offset;
    });
    const index = r.constant(positions, [positions.length], "int32");
    const shape = value.shape.map((old, i) => (i === axis ? positions.length : old));
    value = r.emit("Gather", [value, index], shape, value.type, { attributes: { axis } });
  }
  return r.out(value);
});

const diag = kernel<Ins<"x">>((r, { x }) => {
  const size = sizeOf(x.shape);
  const value = r.value(x);
  const range = r.constant(
    Int32Array.from({ length: size }, (_, i) => i),
    [size],
    "int32",
  );
  const onDiagonal = r.emit("Equal", [r.reshape(range, [size, 1]), range], [size, size], "bool");
  const row = r.reshape(value.type === "bool" ? cast(r, value, "int32") : value, [1, size]);
  const matrix = r.emit("Where", [onDiagonal, row, r.scalar(0, row.type)], [size, size], row.type);
  return r.out(r.reshape(cast(r, matrix, value.type), [...x.shape, ...x.shape]));
});

const flipLeftRight = kernel<Ins<"image">>((r, { image }) => {
  const value = r.value(image);
  return r.out(
    sliced(r, value, value.shape, { begin: [-1], end: [-dim(image.shape, 2) - 1], axes: [2], steps: [-1] }),
  );
});

const linSpace = kernel<unknown, LinSpaceAttrs>((r, _, { start, stop, num }) => {
  const step = num > 1 ? (stop - start) / (num - 1) : 0;
  // Added up in single precision, as tfjs does, so that the last bit is the same.
  const values = new Float32Array(num);
  values[0] = start;
  for (let i = 1; i < num; i++) values[i] = (values[i - 1] ?? 0) + step;
  return r.upload(values, [num], "float32");
});

const range = kernel<unknown, RangeAttrs>((r, _, { start, stop, step, dtype }) => {
  const empty = start === stop || (start < stop && step < 0) || (stop < start && step > 1);
  const length = empty ? 0 : Math.abs(Math.ceil((stop - start) / step));
  const increment = stop < start && step === 1 ? -1 : step;
  const values = dtype === "int32" ? new Int32Array(length) : new Float32Array(length);
  if (length > 0) values[0] = start;
  for (let i = 1; i < length; i++) values[i] = (values[i - 1] ?? 0) + increment;
  return r.upload(values, [length], dtype === "int32" ? "int32" : "float32");
});

export const SPACE_KERNELS: KernelTable = {
  SpaceToBatchND: spaceToBatch,
  BatchToSpaceND: batchToSpace,
  DepthToSpace: depthToSpace,
  StridedSlice: stridedSlice,
  MirrorPad: mirrorPad,
  Diag: diag,
  FlipLeftRight: flipLeftRight,
  LinSpace: linSpace,
  Range: range,
};
