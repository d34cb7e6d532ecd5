// The gradient of max pooling where windows lie side by side and cover the input: every element belongs to one window, so
// that comparing with the maximum finds its place and no index is needed. Registers nothing.
import type { Recorder } from "../kernel.ts";
import { sizeOf, type Value } from "../value.ts";
import { concat } from "./shape.ts";
import { block, cast, replaced } from "./shapes.ts";
import { channelsFirst, channelsLast, type Window } from "./spatial.ts";

/** Whether windows tile the input without gap, overlap or padding. */
export const isTiled = (w: Window): boolean =>
  w.inSize.every((size, i) => size === (w.outSize[i] ?? 0) * (w.filter[i] ?? 0)) &&
  w.filter.every((size, i) => size === w.strides[i] && (size === 1 || w.dilations[i] === 1)) &&
  [...w.before, ...w.after].every((n) => n === 0);

/** Equal parts along one axis. */
function parts(r: Recorder, value: Value, axis: number, count: number): Value[] {
  const size = (value.shape[axis] ?? 0) / count;
  return Array.from({ length: count }, (_, i) => {
    const begin = value.shape.map((__, k) => (k === axis ? i * size : 0));
    return block(r, value, begin, replaced(value.shape, axis, size));
  });
}

const logical = (r: Recorder, op: "And" | "Or", a: Value, b: Value): Value =>
  r.emit(op, [a, b], a.shape, "bool");
const not = (r: Recorder, a: Value): Value => r.emit("Not", [a], a.shape, "bool");

/**
 * Of equal elements of a window the first in row-major order gets the gradient, as in tfjs; a window without an element
 * that equals its maximum (NaN) passes none on. `y` is the pooled output.
 */
export function tiledMaxGradient(r: Recorder, dy: Value, x: Value, y: Value, w: Window): Value {
  const pooled = channelsLast(r, y, w);
  const gradient = channelsLast(r, dy, w);
  let open: Value | null = null;
  const route = (at: Value): Value => {
    const tile = r.reshape(at, pooled.shape);
    const equal = r.emit("Equal", [tile, pooled], pooled.shape, "bool");
    const first: Value = open === null ? equal : logical(r, "And", equal, open);
    open = open === null ? not(r, equal) : logical(r, "And", open, not(r, equal));
    return r.emit("Mul", [cast(r, first, "float32"), gradient], pooled.shape, "float32");
  };
  const last = w.filter.length - 1;
  const fill = (value: Value, axis: number): Value => {
    // [outer, tile, inner]: an axis is cut into its tiles, and each tile's line of elements is taken apart further.
    const window = w.filter[axis] ?? 1;
    const outer = w.batch * sizeOf(w.outSize.slice(0, axis + 1));
    const inner = sizeOf(value.shape) / outer / window;
    const lines = parts(r, r.reshape(value, [outer, window, inner]), 1, window);
    const done = lines.map((line) =>
      r.reshape(axis === last ? route(line) : fill(line, axis + 1), [outer, 1, inner]),
    );
    return concat(r, done, 1);
  };
  const whole = r.reshape(fill(channelsLast(r, x, w), 0), [w.batch, ...w.inSize, w.inChannels]);
  return w.channelsFirst ? channelsFirst(r, whole, { ...w, channelsFirst: false }) : whole;
}
