// Reductions, softmax and running sums. Max, Min and ArgMax see NaN as tfjs's cpu backend does: ONNX Runtime skips it,
// and a diverged loss would look healthy.
import type { CumsumAttrs, LogSoftmaxAttrs, MaxAttrs, SoftmaxAttrs, SumAttrs } from "../../tensor.ts";
import { type Ins, type Kernel, type KernelTable, kernel, type Recorder } from "../kernel.ts";
import { sizeOf, type Value } from "../value.ts";
import { axesOf, axisOf, block, cast, filled, reducedShape, replaced } from "./shapes.ts";

type ReduceOp = "ReduceSum" | "ReduceMean" | "ReduceProd" | "ReduceMax" | "ReduceMin";

function reduce(r: Recorder, op: ReduceOp, value: Value, axes: readonly number[], keepDims: boolean): Value {
  const shape = reducedShape(value.shape, axes, keepDims);
  if (axes.every((axis) => value.shape[axis] === 1)) return r.reshape(value, shape);
  return r.emit(op, [value], shape, value.type, {
    attributes: { keepdims: keepDims ? 1 : 0 },
    vectors: [axes],
  });
}

/** Sum and Prod of bools count in int32, as in tfjs. */
const summing = (op: "ReduceSum" | "ReduceProd"): Kernel =>
  kernel<Ins<"x">, SumAttrs>((r, { x }, { axis, keepDims }) => {
    const value = r.value(x);
    return r.out(
      reduce(r, op, value.type === "bool" ? cast(r, value, "int32") : value, axesOf(axis, x.shape), keepDims),
    );
  });

const mean = kernel<Ins<"x">, SumAttrs>((r, { x }, { axis, keepDims }) =>
  r.out(reduce(r, "ReduceMean", cast(r, r.value(x), "float32"), axesOf(axis, x.shape), keepDims)),
);

/** The extremum along axes, NaN when any element is. */
export function extremum(
  r: Recorder,
  op: "ReduceMax" | "ReduceMin",
  value: Value,
  axes: readonly number[],
  keepDims: boolean,
): Value {
  if (value.type === "bool") return cast(r, reduce(r, op, cast(r, value, "int32"), axes, keepDims), "bool");
  const plain = reduce(r, op, value, axes, keepDims);
  if (value.type !== "float32" || axes.length === 0) return plain;
  const nan = cast(r, r.emit("IsNaN", [value], value.shape, "bool"), "int32");
  const anyNan = cast(r, reduce(r, "ReduceMax", nan, axes, keepDims), "bool");
  return r.emit("Where", [anyNan, r.scalar(Number.NaN), plain], plain.shape, "float32");
}

const extreme = (op: "ReduceMax" | "ReduceMin"): Kernel =>
  kernel<Ins<"x">, MaxAttrs & SumAttrs>((r, { x }, { reductionIndices, axis, keepDims }) =>
    r.out(extremum(r, op, r.value(x), axesOf(reductionIndices ?? axis, x.shape), keepDims)),
  );

/** tfjs compares with `>`: a NaN never wins, except that one in first place is never beaten. */
const argExtreme = (op: "ArgMax" | "ArgMin"): Kernel =>
  kernel<Ins<"x">, { axis: number }>((r, { x }, { axis }) => {
    let value = r.value(x);
    if (value.type === "bool") value = cast(r, value, "int32");
    const on = axisOf(axis, x.shape);
    const shape = reducedShape(x.shape, [on], false);
    if (sizeOf(shape) > 0 && x.shape[on] === 0) return r.out(filled(r, shape, 0, "int32"));
    const attributes = { axis: on, keepdims: 0 };
    if (value.type !== "float32")
      return r.out(cast(r, r.emit(op, [value], shape, "int64", { attributes }), "int32"));
    const worst = r.scalar(op === "ArgMax" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
    const nan = r.emit("IsNaN", [value], value.shape, "bool");
    const clean = r.emit("Where", [nan, worst, value], value.shape, "float32");
    const index = cast(r, r.emit(op, [clean], shape, "int64", { attributes }), "int32");
    const first = r.reshape(
      block(
        r,
        value,
        x.shape.map(() => 0),
        replaced(x.shape, on, 1),
      ),
      shape,
    );
    const firstIsNan = r.emit("IsNaN", [first], shape, "bool");
    return r.out(r.emit("Where", [firstIsNan, r.scalar(0, "int32"), index], shape, "int32"));
  });

/** All and Any: the least or greatest of zeros and ones. */
const logicalReduce = (op: "ReduceMin" | "ReduceMax"): Kernel =>
  kernel<Ins<"x">, SumAttrs>((r, { x }, { axis, keepDims }) => {
    const value = cast(r, r.value(x), "int32");
    return r.out(cast(r, reduce(r, op, value, axesOf(axis, x.shape), keepDims), "bool"));
  });

const cumsum = kernel<Ins<"x">, CumsumAttrs>((r, { x }, { axis, exclusive, reverse }) => {
  const value = r.value(x);
  const input = value.type === "bool" ? cast(r, value, "int32") : value;
  return r.out(
    r.emit("CumSum", [input, r.scalar(axisOf(axis, x.shape), "int32")], x.shape, input.type, {
      attributes: { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 },
    }),
  );
});

const softmax = kernel<Ins<"logits">, SoftmaxAttrs>((r, { logits }, { dim }) =>
  r.out(
    r.emit("Softmax", [cast(r, r.value(logits), "float32")], logits.shape, "float32", {
      attributes: { axis: dim },
    }),
  ),
);

const logSoftmax = kernel<Ins<"logits">, LogSoftmaxAttrs>((r, { logits }, { axis }) =>
  r.out(
    r.emit("LogSoftmax", [cast(r, r.value(logits), "float32")], logits.shape, "float32", {
      attributes: { axis },
    }),
  ),
);

export const REDUCE_KERNELS: KernelTable = {
  Sum: summing("ReduceSum"),
  Prod: summing("ReduceProd"),
  Mean: mean,
  Max: extreme("ReduceMax"),
  Min: extreme("ReduceMin"),
  All: logicalReduce("ReduceMin"),
  Any: logicalReduce("ReduceMax"),
  ArgMax: argExtreme("ArgMax"),
  ArgMin: argExtreme("ArgMin"),
  Cumsum: cumsum,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
};
