// The windows of a convolution as rows, so that any linear map can stand for its kernel. Knows no site and no weights.
// Every operation in here has a gradient on every engine: strided slices have none in TensorFlow.js.
import { concat, pad, reshape, slice, type Tensor, transpose } from "#harness/engine/tensor.ts";

/** Square windows on images with the channels last. */
export interface Windows {
  /** Side of a window, in pixels. */
  readonly size: number;
  readonly stride: number;
  /** Zeros around the image on each side, in pixels. */
  readonly padding: number;
}

/** Windows along an axis of `length` pixels. */
export const windowsAlong = (length: number, { size, stride, padding }: Windows): number =>
  Math.floor((length + 2 * padding - size) / stride) + 1;

/** An image batch's shape [B, H, W, C], checked. */
export function imageShape(x: Tensor): readonly [number, number, number, number] {
  const [batch, height, width, channels, ...more] = x.shape;
  if (
    batch === undefined ||
    height === undefined ||
    width === undefined ||
    channels === undefined ||
    more.length > 0
  )
    throw new Error(`an image batch has four axes, not [${x.shape.join(", ")}]`);
  return [batch, height, width, channels];
}

/** One axis cut or filled with zeros, so that whole strides of it hold every window. */
const extent = (length: number, windows: Windows) => {
  const { size, stride, padding } = windows;
  const count = windowsAlong(length, windows);
  const blocks = count + Math.floor((size - 1) / stride);
  const after = blocks * stride - padding - length;
  return { count, blocks, kept: length + Math.min(0, after), after: Math.max(0, after) };
};

/**
 * x [B, H, W, C] to rows [B * h * w, size * size * C], h and w windows along the axes: pixels of a window row by row, the
 * channels of a pixel side by side. A kernel [size, size, C, out] flattened to [size * size * C, out] fits them.
 */
export function convRows(x: Tensor, windows: Windows): Tensor {
  const [batch, height, width, channels] = imageShape(x);
  const { size, stride, padding } = windows;
  const [down, across] = [extent(height, windows), extent(width, windows)];
  const columns = size * size * channels;
  const cut =
    down.kept === height && across.kept === width
      ? x
      : slice(x, [0, 0, 0, 0], [batch, down.kept, across.kept, channels]);
  const filled =
    padding + down.after + across.after === 0
      ? cut
      : pad(cut, [
          [0, 0],
          [padding, down.after],
          [padding, across.after],
          [0, 0],
        ]);
  const blocks = reshape(filled, [batch, down.blocks, stride, across.blocks, stride, channels]);
  // Windows that touch each other are the blocks themselves.
  if (size === stride) return reshape(transpose(blocks, [0, 1, 3, 2, 4, 5]), [-1, columns]);
  const taps: Tensor[] = [];
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const begin = [
        0,
        Math.floor(row / stride),
        row % stride,
        Math.floor(column / stride),
        column % stride,
        0,
      ];
      const tap = slice(blocks, begin, [batch, down.count, 1, across.count, 1, channels]);
      taps.push(reshape(tap, [batch * down.count * across.count, channels]));
    }
  }
  return concat(taps, 1);
}
