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
 * dy (Phi(x) + x phi(x)) in ten passes over the array: with h = x / sqrt 2, x phi(x) = exp(-h h) x / sqrt(2 pi), and
 * Phi(x) = (erf(h) + 1) / 2 is one HardSigmoid, whose clipping to [0, 1] changes nothing here. Products with a number are
 * the quickest passes: a difference from one takes three times as long.
 */
const geluGrad = kernel<Ins<"dy" | "x">>((r, { dy, x }) => {
  const times = (value: Value, factor: number) => binary(r, "Mul", value, r.scalar(factor));
  const at = r.value(x);
  const h = times(at, Math.SQRT1_2);
  const bell = unary(r, "Exp", binary(r, "Mul", times(at, -Math.SQRT1_2), h));
  const slope = times(binary(r, "Mul", bell, at), 1 / Math.sqrt(2 * Math.PI));
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
