// Kernels that work element by element on two broadcast inputs or more. Integer and bool behaviour is that of tfjs's cpu
// backend: integers divide in double precision, because ONNX Runtime traps on a division by zero.
import { type TensorInfo, upcastType } from "../../tensor.ts";
import { type Ins, type Kernel, type KernelTable, kernel, type Recorder } from "../kernel.ts";
import type { Value } from "../value.ts";
import { prelu } from "./activation.ts";
import { broadcastShape, cast, castLikeTfjs, elementType } from "./shapes.ts";

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

/** Remainder with the sign of the divisor; of integers by way of the quotient, 0 for a division by zero. */
const mod = arithmetic((r, x, y, shape) => {
  if (x.type === "int32") {
    const quotient = integerQuotient(r, x, y, shape, "Floor");
    const rest = r.emit("Sub", [x, r.emit("Mul", [quotient, y], shape, "int32")], shape, "int32");
    const byZero = r.emit("Equal", [y, r.scalar(0, "int32")], y.shape, "bool");
    return r.emit("Where", [byZero, r.scalar(0, "int32"), rest], shape, "int32");
  }
  const truncated = (a: Value) => r.emit("Mod", [a, y], shape, x.type, { attributes: { fmod: 1 } });
  const rest = truncated(x);
  const negative = (value: Value) => r.emit("Less", [value, r.scalar(0)], value.shape, "bool");
  const differ = r.emit("Xor", [negative(x), negative(y)], shape, "bool");
  return r.emit("Where", [differ, truncated(r.emit("Add", [rest, y], shape, x.type)), rest], shape, x.type);
});

/** The angle of (x, y) = (b, a): atan of the quotient, turned by half a circle where b is negative. */
const atan2 = arithmetic((r, a, b, shape) => {
  const compare = (op: string, value: Value) => r.emit(op, [value, r.scalar(0)], value.shape, "bool");
  const angle = r.emit("Atan", [r.emit("Div", [a, b], shape, "float32")], shape, "float32");
  const half = r.emit(
    "Where",
    [compare("Less", a), r.scalar(-Math.PI), r.scalar(Math.PI)],
    a.shape,
    "float32",
  );
  const turned = r.emit("Add", [angle, half], shape, "float32");
  const whole = r.emit("Where", [compare("Less", b), turned, angle], shape, "float32");
  const origin = r.emit("And", [compare("Equal", a), compare("Equal", b)], shape, "bool");
  return r.emit("Where", [origin, r.scalar(0), whole], shape, "float32");
});

const eluGrad = kernel<Ins<"dy" | "y">>((r, { dy, y }) => {
  const value = r.value(y);
  const gradient = r.value(dy);
  const slope = r.emit(
    "Min",
    [r.emit("Add", [value, r.scalar(1)], y.shape, "float32"), r.scalar(1)],
    y.shape,
    "float32",
  );
  return r.out(r.emit("Mul", [gradient, slope], y.shape, "float32"));
});

const preluKernel = kernel<Ins<"x" | "alpha">>((r, { x, alpha }) =>
  r.out(prelu(r, cast(r, r.value(x), "float32"), cast(r, r.value(alpha), "float32"))),
);

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

export const BINARY_KERNELS: KernelTable = {
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
  Mod: mod,
  Atan2: atan2,
  EluGrad: eluGrad,
  Prelu: preluKernel,
  BitwiseAnd: op2("BitwiseAnd"),
};
