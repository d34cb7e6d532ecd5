// Kernels that tfjs does not have: functions of a model for which ONNX Runtime has one operator, or a shorter way than the
// plain operations. They are called through harness/engine/fused.ts alone.
import { FUSED_KERNEL, type LayerNormAttrs } from "../../fused.ts";
import { type Ins, type KernelTable, kernel, type Recorder } from "../kernel.ts";
import type { Value } from "../value.ts";
import { cast } from "./shapes.ts";

const unary = (r: Recorder, op: string, x: Value): Value => r.emit(op, [x], x.shape, "float32");
const binary = (r: Recorder, op: string, a: Value, b: Value): Value => r.emit(op, [a, b], a.shape, "float32");

const gelu = kernel<Ins<"x">>((r, { x }) =>
  r.out(
    r.emit("Gelu", [r.value(x)], x.shape, "float32", {
      attributes: { approximate: "none" },
    }),
  ),
);

/**
 * dy (Phi(x) + x phi(x)) in nine passes over the array: with h = x / sqrt 2, x phi(x) = h exp(ln(1 / sqrt pi) - h h), where
 * the constant in the exponent saves a product, and Phi(x) = (erf(h) + 1) / 2 is one HardSigmoid, whose clipping to [0, 1]
 * changes nothing here.
 */
const geluGrad = kernel<Ins<"dy" | "x">>((r, { dy, x }) => {
  const h = binary(r, "Mul", r.value(x), r.scalar(Math.SQRT1_2));
  const exponent = r.emit(
    "Sub",
    [r.scalar(-0.5 * Math.log(Math.PI)), binary(r, "Mul", h, h)],
    x.shape,
    "float32",
  );
  const slope = binary(r, "Mul", unary(r, "Exp", exponent), h);
  const half = { float: 0.5 };
  const phi = r.emit("HardSigmoid", [unary(r, "Erf", h)], x.shape, "float32", {
    attributes: { alpha: half, beta: half },
  });
  return r.out(binary(r, "Mul", binary(r, "Add", phi, slope), r.value(dy)));
});

const layerNorm = kernel<Ins<"x" | "gain" | "shift">, LayerNormAttrs>(
  (r, { x, gain, shift }, { epsilon }) => {
    const type = "float32";
    const rows = [...x.shape.slice(0, -1), 1];
    const outputs = [x.shape, rows, rows].map((shape) => ({ shape, type }) as const);
    return r
      .emitMany("LayerNormalization", [r.value(x), r.value(gain), r.value(shift)], outputs, {
        attributes: { axis: -1, epsilon: { float: epsilon } },
      })
      .map((value) => r.out(value));
  },
);

/** A ReLU's output rounded up after it is cut off at 1 is 1 where it is positive, 0 where it is 0 and NaN for NaN. */
const reluGrad = kernel<Ins<"dy" | "y">>((r, { dy, y }) => {
  const value = cast(r, r.value(y), "float32");
  const below = r.emit("Min", [value, r.scalar(1)], y.shape, "float32");
  return r.out(binary(r, "Mul", unary(r, "Ceil", below), r.value(dy)));
});

export const FUSED_KERNELS: KernelTable = {
  [FUSED_KERNEL.gelu]: gelu,
  [FUSED_KERNEL.geluGrad]: geluGrad,
  [FUSED_KERNEL.layerNorm]: layerNorm,
  [FUSED_KERNEL.reluGrad]: reluGrad,
};
