// Kernels that work element by element, with one input or two broadcast ones. NaN, integer and bool behaviour is that of
// tfjs's cpu backend, which is the oracle; where an ONNX operator differs, the reason stands beside the detour.
import {
  type CastAttrs,
  type ClipByValueAttrs,
  type LeakyReluAttrs,
  type StepAttrs,
  type TensorInfo,
  upcastType,
} from "../../tensor.ts";
import { type Ins, type Kernel, type KernelTable, kernel, type Recorder } from "../kernel.ts";
import type { ElementType } from "../proto.ts";
import type { Value } from "../value.ts";
import { broadcastShape, cast, castLikeTfjs, elementType } from "./shapes.ts";

type Unary = (r: Recorder, x: Value) => Value;

const op1 =
  (op: string): Unary =>
  (r, x) =>
    r.emit(op, [x], x.shape, x.type);

/** A kernel whose result has the input's type; integers are computed as floats and cut off, as a typed array cuts them. */
const throughFloat = (run: Unary): Kernel =>
  kernel<Ins<"x">>((r, { x }) => {
    const value = r.value(x);
    return r.out(castLikeTfjs(r, run(r, cast(r, value, "float32")), value.type));
  });

/** A kernel that ONNX has for float and int32 alike; bool is computed as int32. */
const numeric = (run: Unary): Kernel =>
  kernel<Ins<"x">>((r, { x }) => {
    const value = r.value(x);
    if (value.type !== "bool") return r.out(run(r, value));
    return r.out(cast(r, run(r, cast(r, value, "int32")), "bool"));
  });

const add = (r: Recorder, x: Value, c: number) => r.emit("Add", [x, r.scalar(c)], x.shape, x.type);
const times = (r: Recorder, a: Value, b: Value) =>
  r.emit("Mul", [a, b], broadcastShape(a.shape, b.shape), a.type);
const where = (r: Recorder, condition: Value, a: Value, b: Value) =>
  r.emit("Where", [condition, a, b], condition.shape, a.type);
const compare = (r: Recorder, op: string, x: Value, c: number) =>
  r.emit(op, [x, r.scalar(c, x.type)], x.shape, "bool");

/** ONNX's Sign keeps NaN, tfjs's answers 0: the difference of two comparisons does too. */
const sign: Unary = (r, x) => {
  const positive = cast(r, compare(r, "Greater", x, 0), x.type);
  const negative = cast(r, compare(r, "Less", x, 0), x.type);
  return r.emit("Sub", [positive, negative], x.shape, x.type);
};

const clip = (r: Recorder, x: Value, low: number, high: number): Value => {
  const above = r.emit("Max", [x, r.scalar(low, x.type)], x.shape, x.type);
  return r.emit("Min", [above, r.scalar(high, x.type)], x.shape, x.type);
};

/** exp(x) - 1, exact near zero: tanh(x/2) * (exp(x) + 1). For great x both factors are finite as long as the result is. */
const expm1: Unary = (r, x) => {
  const half = r.emit("Tanh", [times(r, x, r.scalar(0.5))], x.shape, "float32");
  return times(r, half, add(r, r.emit("Exp", [x], x.shape, "float32"), 1));
};

/** log(1 + x), exact near zero: x * log(u) / (u - 1) with u = 1 + x rounded (Kahan), and x itself where u is 1. */
const log1p: Unary = (r, x) => {
  const u = add(r, x, 1);
  const log = r.emit("Log", [u], x.shape, "float32");
  const less = add(r, u, -1);
  const exact = r.emit("Div", [times(r, x, log), less], x.shape, "float32");
  const plain = r.emit("IsInf", [u], x.shape, "bool");
  return where(r, compare(r, "Equal", u, 1), x, where(r, plain, log, exact));
};

/** ln(1 + exp x), without overflow: max(x, 0) + log1p(exp(-|x|)). */
const softplus: Unary = (r, x) => {
  const magnitude = r.emit("Neg", [r.emit("Abs", [x], x.shape, "float32")], x.shape, "float32");
  const rest = log1p(r, r.emit("Exp", [magnitude], x.shape, "float32"));
  return r.emit("Add", [r.emit("Max", [x, r.scalar(0)], x.shape, "float32"), rest], x.shape, "float32");
};

const predicate = (run: (r: Recorder, x: Value) => Value): Kernel =>
  kernel<Ins<"x">>((r, { x }) => r.out(run(r, cast(r, r.value(x), "float32"))));

const finite: Unary = (r, x) => {
  const inf = r.emit("IsInf", [x], x.shape, "bool");
  const nan = r.emit("IsNaN", [x], x.shape, "bool");
  return r.emit("Not", [r.emit("Or", [inf, nan], x.shape, "bool")], x.shape, "bool");
};

/** Both inputs in a common type and the shape they broadcast to. */
function pair(r: Recorder, { a, b }: Ins<"a" | "b">): { x: Value; y: Value; shape: number[] } {
  let x = r.value(a);
  let y = r.value(b);
  if (x.type !== y.type) {
    const type = elementType(upcastType(a.dtype, b.dtype));
    x = cast(r, x, type);
    y = cast(r, y, type);
  }
  return { x, y, shape: broadcastShape(x.shape, y.shape) };
}

/** Arithmetic in the first input's type, as tfjs has it; bool is computed as int32. */
const arithmetic = (run: (r: Recorder, x: Value, y: Value, shape: number[]) => Value): Kernel =>
  kernel<Ins<"a" | "b">>((r, inputs) => {
    const { x, y, shape } = pair(r, inputs);
    const result = elementType(inputs.a.dtype);
    if (x.type !== "bool") return r.out(castLikeTfjs(r, run(r, x, y, shape), result));
    return r.out(cast(r, run(r, cast(r, x, "int32"), cast(r, y, "int32"), shape), result));
  });

const op2 = (op: string) => arithmetic((r, x, y, shape) => r.emit(op, [x, y], shape, x.type));

const comparison = (op: string): Kernel =>
  kernel<Ins<"a" | "b">>((r, inputs) => {
    const { x, y, shape } = pair(r, inputs);
    const plain = x.type === "bool" && op !== "Equal";
    const operands = plain ? [cast(r, x, "int32"), cast(r, y, "int32")] : [x, y];
    return r.out(r.emit(op, operands, shape, "bool"));
  });

const logical = (op: string): Kernel =>
  kernel<Ins<"a" | "b">>((r, { a, b }) => {
    const x = cast(r, r.value(a), "bool");
    const y = cast(r, r.value(b), "bool");
    return r.out(r.emit(op, [x, y], broadcastShape(x.shape, y.shape), "bool"));
  });

/**
 * Quotient of integers in double precision: ONNX Runtime divides integers by zero with a trap that ends the process, and
 * a float would lose digits. What tfjs stores for a division by zero is 0.
 */
function integerQuotient(
  r: Recorder,
  x: Value,
  y: Value,
  shape: number[],
  rounding: "Floor" | "none",
): Value {
  const quotient = r.emit("Div", [cast(r, x, "float64"), cast(r, y, "float64")], shape, "float64");
  const rounded = rounding === "Floor" ? r.emit("Floor", [quotient], shape, "float64") : quotient;
  const byZero = r.emit("Equal", [y, r.scalar(0, "int32")], y.shape, "bool");
  const safe = r.emit("Where", [byZero, r.scalar(0, "float64"), rounded], shape, "float64");
  return cast(r, safe, "int32");
}

const divide = arithmetic((r, x, y, shape) =>
  x.type === "int32" ? integerQuotient(r, x, y, shape, "none") : r.emit("Div", [x, y], shape, x.type),
);

/** tfjs declares the result of FloorDiv to be int32 whatever goes in. */
const floorDiv = kernel<Ins<"a" | "b">>((r, inputs) => {
  const { x, y, shape } = pair(r, inputs);
  if (x.type !== "float32")
    return r.out(integerQuotient(r, cast(r, x, "int32"), cast(r, y, "int32"), shape, "Floor"));
  const quotient = r.emit("Floor", [r.emit("Div", [x, y], shape, "float32")], shape, "float32");
  return r.out(castLikeTfjs(r, quotient, "int32"));
});

const squaredDifference = arithmetic((r, x, y, shape) => {
  const difference = r.emit("Sub", [x, y], shape, x.type);
  return r.emit("Mul", [difference, difference], shape, x.type);
});

const notEqual = kernel<Ins<"a" | "b">>((r, inputs) => {
  const { x, y, shape } = pair(r, inputs);
  return r.out(r.emit("Not", [r.emit("Equal", [x, y], shape, "bool")], shape, "bool"));
});

const addN: Kernel = (r, inputs) => {
  const list = Object.values(inputs).filter((info): info is TensorInfo => info !== undefined);
  const [first, ...rest] = list;
  if (first === undefined) throw new Error("AddN needs a tensor");
  if (rest.length === 0) return r.alias(first);
  const values = list.map((info) => r.value(info));
  // ONNX's Sum is for floats only; a chain of Add serves integers.
  if (first.dtype === "float32") return r.out(r.emit("Sum", values, first.shape, "float32"));
  return r.out(values.reduce((a, b) => r.emit("Add", [a, b], first.shape, a.type)));
};

const select = kernel<Ins<"condition" | "t" | "e">>((r, { condition, t, e }) => {
  let chosen = cast(r, r.value(condition), "bool");
  const type = elementType(upcastType(t.dtype, e.dtype));
  if (chosen.shape.length === 1 && t.shape.length > 1)
    chosen = r.reshape(chosen, [chosen.shape[0] ?? 1, ...t.shape.slice(1).map(() => 1)]);
  return r.out(
    r.emit("Where", [chosen, cast(r, r.value(t), type), cast(r, r.value(e), type)], t.shape, type),
  );
});

const castKernel = kernel<Ins<"x">, CastAttrs>((r, { x }, { dtype }) => {
  if (dtype === x.dtype) return r.alias(x);
  return r.out(castLikeTfjs(r, r.value(x), elementType(dtype)));
});

const step = kernel<Ins<"x">, StepAttrs>((r, { x }, { alpha }) => {
  const value = r.value(x);
  const type: ElementType = value.type;
  const positive = cast(r, compare(r, "Greater", cast(r, value, "float32"), 0), "float32");
  const ramp = alpha === 0 ? positive : where(r, cast(r, positive, "bool"), positive, r.scalar(alpha));
  if (type !== "float32") return r.out(castLikeTfjs(r, ramp, type));
  return r.out(where(r, r.emit("IsNaN", [value], value.shape, "bool"), value, ramp));
});

export const ELEMENTWISE_KERNELS: KernelTable = {
  Abs: numeric(op1("Abs")),
  Neg: numeric(op1("Neg")),
  Relu: numeric((r, x) => r.emit("Max", [x, r.scalar(0, x.type)], x.shape, x.type)),
  Relu6: numeric((r, x) => clip(r, x, 0, 6)),
  Square: numeric((r, x) => times(r, x, x)),
  Sign: numeric(sign),
  Exp: throughFloat(op1("Exp")),
  Expm1: throughFloat(expm1),
  Log: throughFloat(op1("Log")),
  Log1p: throughFloat(log1p),
  Sqrt: throughFloat(op1("Sqrt")),
  Rsqrt: throughFloat((r, x) =>
    r.emit("Reciprocal", [r.emit("Sqrt", [x], x.shape, "float32")], x.shape, "float32"),
  ),
  Reciprocal: throughFloat(op1("Reciprocal")),
  Tanh: throughFloat(op1("Tanh")),
  Sigmoid: throughFloat(op1("Sigmoid")),
  Erf: throughFloat(op1("Erf")),
  Floor: throughFloat(op1("Floor")),
  Ceil: throughFloat(op1("Ceil")),
  Round: throughFloat(op1("Round")),
  Sin: throughFloat(op1("Sin")),
  Cos: throughFloat(op1("Cos")),
  Tan: throughFloat(op1("Tan")),
  Asin: throughFloat(op1("Asin")),
  Acos: throughFloat(op1("Acos")),
  Atan: throughFloat(op1("Atan")),
  Sinh: throughFloat(op1("Sinh")),
  Cosh: throughFloat(op1("Cosh")),
  Asinh: throughFloat(op1("Asinh")),
  Acosh: throughFloat(op1("Acosh")),
  Atanh: throughFloat(op1("Atanh")),
  Elu: throughFloat(op1("Elu")),
  Selu: throughFloat(op1("Selu")),
  Softplus: throughFloat(softplus),
  LeakyRelu: kernel<Ins<"x">, LeakyReluAttrs>((r, { x }, { alpha }) => {
    const value = cast(r, r.value(x), "float32");
    return r.out(
      r.emit("LeakyRelu", [value], value.shape, "float32", { attributes: { alpha: { float: alpha } } }),
    );
  }),
  ClipByValue: kernel<Ins<"x">, ClipByValueAttrs>((r, { x }, { clipValueMin, clipValueMax }) =>
    r.out(clip(r, r.value(x), clipValueMin, clipValueMax)),
  ),
  Step: step,
  Cast: castKernel,
  IsNan: predicate((r, x) => r.emit("IsNaN", [x], x.shape, "bool")),
  IsInf: predicate((r, x) => r.emit("IsInf", [x], x.shape, "bool")),
  IsFinite: predicate(finite),
  LogicalNot: kernel<Ins<"x">>((r, { x }) =>
    r.out(r.emit("Not", [cast(r, r.value(x), "bool")], x.shape, "bool")),
  ),

  Add: op2("Add"),
  Sub: op2("Sub"),
  Multiply: op2("Mul"),
  Maximum: op2("Max"),
  Minimum: op2("Min"),
  Pow: op2("Pow"),
  RealDiv: divide,
  FloorDiv: floorDiv,
  SquaredDifference: squaredDifference,
  Equal: comparison("Equal"),
  NotEqual: notEqual,
  Greater: comparison("Greater"),
  GreaterEqual: comparison("GreaterOrEqual"),
  Less: comparison("Less"),
  LessEqual: comparison("LessOrEqual"),
  LogicalAnd: logical("And"),
  LogicalOr: logical("Or"),
  AddN: addN,
  Select: select,
};
