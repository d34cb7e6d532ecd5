// Kernels that work element by element on one input. NaN, integer and bool behaviour is that of tfjs's cpu backend, which
// is the oracle; where an ONNX operator differs, the reason stands beside the detour.
import type { CastAttrs, ClipByValueAttrs, LeakyReluAttrs, StepAttrs } from "../../tensor.ts";
import { type Ins, type Kernel, type KernelTable, kernel, type Recorder } from "../kernel.ts";
import type { Value } from "../value.ts";
import { clip, elu, leakyRelu, relu, sigmoid } from "./activation.ts";
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

const castKernel = kernel<Ins<"x">, CastAttrs>((r, { x }, { dtype }) => {
  if (dtype === x.dtype) return r.alias(x);
  return r.out(castLikeTfjs(r, r.value(x), elementType(dtype)));
});

/** x > 0 ? 1 : alpha, and NaN for NaN. Without a slope, rounding up what is cut off at 0 and 1 says so (Sign is slow). */
const step = kernel<Ins<"x">, StepAttrs>((r, { x }, { alpha }) => {
  const input = r.value(x);
  const value = cast(r, input, "float32");
  if (alpha === 0) return r.out(castLikeTfjs(r, op1("Ceil")(r, clip(r, value, 0, 1)), input.type));
  const ramp = where(r, compare(r, "Greater", value, 0), r.scalar(1), r.scalar(alpha));
  const nan = r.emit("IsNaN", [value], value.shape, "bool");
  return r.out(castLikeTfjs(r, where(r, nan, value, ramp), input.type));
});

export const UNARY_KERNELS: KernelTable = {
  Abs: numeric(op1("Abs")),
  Neg: numeric(op1("Neg")),
  Relu: numeric(relu),
  Relu6: numeric((r, x) => clip(r, x, 0, 6)),
  Square: numeric((r, x) => times(r, x, x)),
  Sign: numeric(sign),
  // The one function whose result tfjs declares float32 for integers too.
  Exp: kernel<Ins<"x">>((r, { x }) => r.out(op1("Exp")(r, cast(r, r.value(x), "float32")))),
  Expm1: throughFloat(expm1),
  Log: throughFloat(op1("Log")),
  Log1p: throughFloat(log1p),
  Sqrt: throughFloat(op1("Sqrt")),
  Rsqrt: throughFloat((r, x) =>
    r.emit("Reciprocal", [r.emit("Sqrt", [x], x.shape, "float32")], x.shape, "float32"),
  ),
  Reciprocal: throughFloat(op1("Reciprocal")),
  Tanh: throughFloat(op1("Tanh")),
  Sigmoid: throughFloat(sigmoid),
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
  Elu: throughFloat(elu),
  Selu: throughFloat(op1("Selu")),
  Softplus: throughFloat(softplus),
  LeakyRelu: kernel<Ins<"x">, LeakyReluAttrs>((r, { x }, { alpha }) =>
    r.out(leakyRelu(r, cast(r, r.value(x), "float32"), alpha)),
  ),
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
};
