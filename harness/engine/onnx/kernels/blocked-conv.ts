// Two-dimensional convolutions in ONNX Runtime's blocked layout: channels in groups as wide as the processor's vectors, which
// its optimiser chooses for constant weights only. Twice as fast here as the plain operator, whose products are narrow.
// The operators are the runtime's own (domain com.microsoft.nchwc), pinned with its version; provider.ts asks for the width.
import type { Recorder } from "../kernel.ts";
import { BLOCKED_DOMAIN } from "../proto.ts";
import type { Value } from "../value.ts";
import { sliced, transpose } from "./shapes.ts";
import type { Window } from "./spatial.ts";

/** Whether the engine has blocked convolutions and both channel counts are whole blocks. */
export const isBlocked = (r: Recorder, { inChannels, outChannels, inSize }: Window): boolean =>
  r.convBlock > 1 && inSize.length === 2 && inChannels % r.convBlock === 0 && outChannels % r.convBlock === 0;

/** `weights` are in blocks already, of nominal shape [outChannels, inChannels, ...filter]. */
function convolve(r: Recorder, x: Value, weights: Value, w: Window): Value {
  const domain = BLOCKED_DOMAIN;
  const channels_last = w.channelsFirst ? 0 : 1;
  const inner = r.emit("ReorderInput", [x], [w.batch, w.inChannels, ...w.inSize], "float32", {
    attributes: { channels_last },
    domain,
  });
  const y = r.emit("Conv", [inner, weights], [w.batch, w.outChannels, ...w.outSize], "float32", {
    attributes: {
      auto_pad: "NOTSET",
      dilations: w.dilations,
      group: 1,
      kernel_shape: w.filter,
      pads: [...w.before, ...w.after],
      strides: w.strides,
    },
    domain,
  });
  const shape = w.channelsFirst ? y.shape : [w.batch, ...w.outSize, w.outChannels];
  return r.emit("ReorderOutput", [y], shape, "float32", {
    attributes: { channels: w.outChannels, channels_last },
    domain,
  });
}

/** A filter [height, width, in, out] with its channels taken apart: [height, width, in / b, b, out / b, b]. */
function apart(r: Recorder, filter: Value, [from, to]: readonly [number, number], w: Window): Value {
  const b = r.convBlock;
  return r.reshape(filter, [...w.filter, from / b, b, to / b, b]);
}

/** `x` in the window's layout, `filter` [height, width, inChannels, outChannels]. */
export function blockedConvolution(r: Recorder, x: Value, filter: Value, w: Window): Value {
  const blocks = transpose(r, apart(r, filter, [w.inChannels, w.outChannels], w), [4, 2, 0, 1, 3, 5]);
  return convolve(r, x, r.reshape(blocks, [w.outChannels, w.inChannels, ...w.filter]), w);
}

/** The window of the convolution that is the gradient in the input, or null where it is none: strides, or uncovered ends. */
function reversed(w: Window): Window | null {
  const reach = w.filter.map((size, i) => (size - 1) * (w.dilations[i] ?? 1));
  const before = reach.map((n, i) => n - (w.before[i] ?? 0));
  const after = reach.map((n, i) => (w.inSize[i] ?? 0) - (w.outSize[i] ?? 0) + n - (before[i] ?? 0));
  if (w.strides.some((n) => n !== 1) || [...before, ...after].some((n) => n < 0)) return null;
  const { inChannels, outChannels, inSize, outSize } = w;
  return {
    ...w,
    inChannels: outChannels,
    outChannels: inChannels,
    inSize: outSize,
    outSize: inSize,
    before,
    after,
  };
}

/** The gradient in the input as a convolution with the turned filter, or null where it is none. */
export function blockedInputGradient(r: Recorder, dy: Value, filter: Value, w: Window): Value | null {
  const back = reversed(w);
  if (back === null) return null;
  const turned = sliced(r, filter, filter.shape, {
    begin: [-1, -1],
    end: w.filter.map((size) => -size - 1),
    axes: [0, 1],
    steps: [-1, -1],
  });
  const blocks = transpose(r, apart(r, turned, [w.inChannels, w.outChannels], w), [2, 4, 0, 1, 5, 3]);
  return convolve(r, dy, r.reshape(blocks, [w.inChannels, w.outChannels, ...w.filter]), back);
}
