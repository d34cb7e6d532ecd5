// From bytes to what a model sees: placed on its canvas, moved and mirrored in training, scaled. Knows no split.
import type { Stream } from "#harness/random/stream.ts";
import { type ImageRows, imageBytes } from "./image-rows.ts";

/** What a backbone takes: square images with the channels last, and how bytes become numbers. */
export interface ImageInput {
  readonly side: number;
  /** Grey images on three channels are repeated. */
  readonly channels: 1 | 3;
  /** `training`: mean 0 and spread 1 of each channel over the training images; `half`: bytes to -1 ... 1. */
  readonly scaling: "training" | "half";
}

/** Changes of training images, drawn anew in each epoch. */
export interface Augmentation {
  /** Pixels by which an image is moved at most, up, down, left and right; what comes in is black (He et al. 2016: 4). */
  readonly shift: number;
  /** Whether half of the images are mirrored left to right. */
  readonly mirror: boolean;
}

/** One draw of an augmentation. */
export interface Change {
  readonly down: number;
  readonly right: number;
  readonly mirrored: boolean;
}

export const UNCHANGED: Change = { down: 0, right: 0, mirrored: false };

/** Draws one change an image from `order`: one number of the stream each, whatever the augmentation. */
export function drawChanges(
  count: number,
  { shift, mirror }: Augmentation,
  order: Stream,
): readonly Change[] {
  const steps = 2 * shift + 1;
  return Array.from({ length: count }, () => {
    const draw = order.integer(steps * steps * (mirror ? 2 : 1));
    return {
      down: (draw % steps) - shift,
      right: (Math.floor(draw / steps) % steps) - shift,
      mirrored: draw >= steps * steps,
    };
  });
}

/** Numbers of each byte value, one table a channel of the images: [channels][256]. */
export type Scaling = readonly Float32Array[];

/** Tables by which `rows` have mean 0 and spread 1 in each channel. A channel of one value keeps its spread of 0. */
export function scalingOf(rows: ImageRows): Scaling {
  return Array.from({ length: rows.channels }, (_, channel) => {
    const counts = new Float64Array(256);
    for (let at = channel; at < rows.pixels.length; at += rows.channels) {
      const value = rows.pixels[at] ?? 0;
      counts[value] = (counts[value] ?? 0) + 1;
    }
    const total = counts.reduce((sum, count) => sum + count, 0);
    const mean = counts.reduce((sum, count, value) => sum + count * value, 0) / total;
    const variance = counts.reduce((sum, count, value) => sum + count * (value - mean) ** 2, 0) / total;
    const spread = variance === 0 ? 1 : Math.sqrt(variance);
    return Float32Array.from({ length: 256 }, (_, value) => (value - mean) / spread);
  });
}

/** Bytes to -1 ... 1, whatever the data: what a pre-trained backbone was trained with. */
export const halfScaling = (channels: number): Scaling =>
  Array.from({ length: channels }, () => Float32Array.from({ length: 256 }, (_, value) => value / 127.5 - 1));

/**
 * Writes image `item` of `rows` to `out` from `offset` on, [side, side, channels]: in the middle of the canvas, mirrored and
 * then moved as `change` says. Where no pixel comes to lie the canvas is black.
 */
export function placeImage(
  rows: ImageRows,
  item: number,
  { input, scaling, change }: { input: ImageInput; scaling: Scaling; change: Change },
  out: Float32Array,
  offset: number,
): void {
  const { height, width, channels } = rows;
  const { side } = input;
  const top = Math.floor((side - height) / 2) + change.down;
  const left = Math.floor((side - width) / 2) + change.right;
  const from = item * imageBytes(rows);
  let to = offset;
  for (let y = 0; y < side; y++) {
    const row = y - top;
    const inside = row >= 0 && row < height;
    for (let x = 0; x < side; x++) {
      const at = x - left;
      const column = change.mirrored ? width - 1 - at : at;
      const pixel = inside && at >= 0 && at < width ? from + (row * width + column) * channels : -1;
      for (let channel = 0; channel < input.channels; channel++) {
        const source = channels === 1 ? 0 : channel;
        const value = pixel < 0 ? 0 : (rows.pixels[pixel + source] ?? 0);
        out[to++] = scaling[source]?.[value] ?? 0;
      }
    }
  }
}
