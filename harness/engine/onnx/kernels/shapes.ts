// Shape arithmetic and small recorded idioms that several kernel files share. Registers nothing.
import { backend_util, type DataType, util } from "../../tensor.ts";
import type { Recorder } from "../kernel.ts";
import { ELEMENT_CODES, type ElementType } from "../proto.ts";
import { sameShape, type Value } from "../value.ts";

export const broadcastShape = (a: readonly number[], b: readonly number[]): number[] =>
  backend_util.assertAndGetBroadcastShape([...a], [...b]);

/** Axes as non-negative numbers; undefined = all. Throws for one out of range. */
export const axesOf = (axis: number | number[] | undefined | null, shape: readonly number[]): number[] =>
  util.parseAxisParam(axis ?? shape.map((_, i) => i), [...shape]);

export function axisOf(axis: number, shape: readonly number[]): number {
  const [only] = axesOf(axis, shape);
  return only ?? 0;
}

export const reducedShape = (
  shape: readonly number[],
  axes: readonly number[],
  keepDims: boolean,
): number[] =>
  keepDims
    ? shape.map((size, i) => (axes.includes(i) ? 1 : size))
    : shape.filter((_, i) => !axes.includes(i));

/** Size of one axis; an axis that is not there is a defect of the caller. */
export function dim(shape: readonly number[], axis: number): number {
  const size = shape[axis < 0 ? axis + shape.length : axis];
  if (size === undefined) throw new Error(`no axis ${axis} in shape [${shape}]`);
  return size;
}

export function replaced(shape: readonly number[], axis: number, size: number): number[] {
  const out = [...shape];
  out[axis] = size;
  return out;
}

/** The element type of a tfjs dtype. */
export function elementType(dtype: DataType): ElementType {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new Error(`dtype ${dtype} has no element type on engine onnx`);
}

export function cast(r: Recorder, value: Value, type: ElementType): Value {
  if (value.type === type) return value;
  return r.emit("Cast", [value], value.shape, type, { attributes: { to: ELEMENT_CODES[type] } });
}

export function transpose(r: Recorder, value: Value, perm: readonly number[]): Value {
  if (perm.every((p, i) => p === i)) return value;
  return r.emit(
    "Transpose",
    [value],
    perm.map((p) => dim(value.shape, p)),
    value.type,
    { attributes: { perm } },
  );
}

export function broadcastTo(r: Recorder, value: Value, shape: readonly number[]): Value {
  if (sameShape(value.shape, shape)) return value;
  return r.emit("Expand", [value], shape, value.type, { vectors: [shape] });
}

/** A tensor of one repeated constant. */
export function filled(r: Recorder, shape: readonly number[], x: number, type: ElementType): Value {
  return broadcastTo(r, r.scalar(x, type), shape);
}

/** Elements `begin` to `end` (exclusive) in steps along some axes. */
export function sliced(
  r: Recorder,
  value: Value,
  shape: readonly number[],
  cut: {
    begin: readonly number[];
    end: readonly number[];
    axes: readonly number[];
    steps?: readonly number[];
  },
): Value {
  const vectors = [cut.begin, cut.end, cut.axes];
  return r.emit("Slice", [value], shape, value.type, {
    vectors: cut.steps === undefined ? vectors : [...vectors, cut.steps],
  });
}

/** A block of a tensor: `begin` and `size` per axis. */
export function block(r: Recorder, value: Value, begin: readonly number[], size: readonly number[]): Value {
  const axes = value.shape.map((_, i) => i).filter((i) => size[i] !== value.shape[i]);
  if (axes.length === 0) return value;
  return sliced(r, value, size, {
    begin: axes.map((i) => begin[i] ?? 0),
    end: axes.map((i) => (begin[i] ?? 0) + (size[i] ?? 0)),
    axes,
  });
}

/** A cast that stores what a JavaScript typed array would: NaN becomes the integer 0. */
export function castLikeTfjs(r: Recorder, value: Value, type: ElementType): Value {
  if (type !== "int32" || value.type !== "float32") return cast(r, value, type);
  const nan = r.emit("IsNaN", [value], value.shape, "bool");
  return cast(r, r.emit("Where", [nan, r.scalar(0), value], value.shape, "float32"), "int32");
}
