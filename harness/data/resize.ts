// Pictures cut and scaled on the host: bicubic with a filter as wide as the shrinking asks for, as Pillow's `resize` with
// a box does (Catmull-Rom, a = -0.5). Knows bytes of pixels, no file format.

export interface PixelBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

const A = -0.5;
const REACH = 2;

function cubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return ((A + 2) * t - (A + 3)) * t * t + 1;
  if (t < 2) return ((t - 5) * t + 8) * t * A - 4 * A;
  return 0;
}

/** Which source pixels of an axis make each of `count` target pixels, and with what weights. */
function tapsOf(length: number, from: number, extent: number, count: number): readonly Taps[] {
  const scale = extent / count;
  const stretch = Math.max(1, scale);
  const reach = REACH * stretch;
  return Array.from({ length: count }, (_, at) => {
    const centre = from + (at + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const end = Math.min(length, Math.trunc(centre + reach + 0.5));
    const weights = Float64Array.from({ length: Math.max(0, end - first) }, (_, k) =>
      cubic((first + k - centre + 0.5) / stretch),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: total === 0 ? weights : weights.map((weight) => weight / total) };
  });
}

const toByte = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));

/**
 * The part of a picture [height, width, channels] inside `box` (fractions of pixels allowed) at `toWidth` by `toHeight`
 * pixels. Each axis is rounded to bytes once, the horizontal one first.
 */
export function resizePixels(
  pixels: Uint8Array,
  size: { readonly width: number; readonly height: number; readonly channels: number },
  box: PixelBox,
  to: { readonly width: number; readonly height: number },
): Uint8Array {
  const { width, height, channels } = size;
  const across = tapsOf(width, box.left, box.width, to.width);
  const down = tapsOf(height, box.top, box.height, to.height);
  const wide = new Uint8Array(height * to.width * channels);
  for (let y = 0; y < height; y++) {
    for (const [x, { first, weights }] of across.entries()) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++)
          sum += (weights[k] as number) * (pixels[(y * width + first + k) * channels + c] as number);
        wide[(y * to.width + x) * channels + c] = toByte(sum);
      }
    }
  }
  const out = new Uint8Array(to.height * to.width * channels);
  const row = to.width * channels;
  for (const [y, { first, weights }] of down.entries()) {
    for (let at = 0; at < row; at++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++)
        sum += (weights[k] as number) * (wide[(first + k) * row + at] as number);
      out[y * row + at] = toByte(sum);
    }
  }
  return out;
}

/** The middle square of a picture at `side` by `side` pixels: its short side fills the square, as CLIP prepares pictures. */
export function middleSquare(
  pixels: Uint8Array,
  size: { readonly width: number; readonly height: number; readonly channels: number },
  side: number,
): Uint8Array {
  const short = Math.min(size.width, size.height);
  const box = { left: (size.width - short) / 2, top: (size.height - short) / 2, width: short, height: short };
  return resizePixels(pixels, size, box, { width: side, height: side });
}
