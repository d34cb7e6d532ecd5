// Augmentation of pre-training pictures on the host: zoom, shift, flip, background, grey, mixed channels.
import type { Stream } from "#harness/random/stream.ts";
import type { Picture } from "./mini-clip-pictures.ts";

/** Subgroups whose meaning a mirror changes. */
const DIRECTED = new Set([
  "arrow",
  "alphanum",
  "av-symbol",
  "keycap",
  "math",
  "punctuation",
  "transport-sign",
]);

/** One picture as [size, size, 3] floats about -1 to 1 at `at` of `out`; `random` null for the picture as it is, on white. */
export function drawInto(
  out: Float32Array,
  at: number,
  picture: Picture,
  size: number,
  random: Stream | null,
): void {
  const { rgba } = picture;
  const zoom = random === null ? 1 : 0.75 + 0.45 * random.uniform();
  const [dx, dy] = random === null ? [0, 0] : [10 * random.uniform() - 5, 10 * random.uniform() - 5];
  const flip = random !== null && !DIRECTED.has(picture.row.subgroup) && random.uniform() < 0.5;
  const coloured = random !== null && random.uniform() < 0.4;
  const ground = [1, 1, 1].map(() => (coloured && random !== null ? random.uniform() : 1));
  const mix = mixing(random);
  const centre = (size - 1) / 2;
  const pixel = [0, 0, 0];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const sx = ((flip ? size - 1 - x : x) - centre) / zoom + centre + dx;
      const sy = (y - centre) / zoom + centre + dy;
      sample(rgba, size, sx, sy, ground, pixel);
      const to = at + (y * size + x) * 3;
      for (let c = 0; c < 3; c++) {
        const value =
          (mix[3 * c] as number) * (pixel[0] as number) +
          (mix[3 * c + 1] as number) * (pixel[1] as number) +
          (mix[3 * c + 2] as number) * (pixel[2] as number);
        out[to + c] = 2 * value - 1;
      }
    }
  }
}

/** Rows of a 3 x 3 map of colours: itself, grey, or each channel with a little of the others. */
function mixing(random: Stream | null): readonly number[] {
  if (random === null) return [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const kind = random.uniform();
  if (kind < 0.2) return [0.3, 0.59, 0.11, 0.3, 0.59, 0.11, 0.3, 0.59, 0.11];
  if (kind < 0.6) return [1, 0, 0, 0, 1, 0, 0, 0, 1];
  return [0, 1, 2].flatMap((row) => {
    const [a, b] = [0.3 * random.uniform(), 0.3 * random.uniform()];
    return [0, 1, 2].map((column) => (column === row ? 1 - a - b : column === (row + 1) % 3 ? a : b));
  });
}

/** Bilinear, nothing outside the picture; laid on `ground`; values 0 to 1. */
function sample(
  rgba: Uint8Array,
  size: number,
  x: number,
  y: number,
  ground: readonly number[],
  out: number[],
): void {
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  let [red, green, blue, alpha] = [0, 0, 0, 0];
  for (let j = 0; j < 2; j++) {
    const row = y0 + j;
    if (row < 0 || row >= size) continue;
    const share = j === 0 ? 1 - (y - y0) : y - y0;
    for (let i = 0; i < 2; i++) {
      const column = x0 + i;
      if (column < 0 || column >= size) continue;
      const weight = (share * (i === 0 ? 1 - (x - x0) : x - x0)) / 255;
      const at = (row * size + column) * 4;
      red += weight * (rgba[at] as number);
      green += weight * (rgba[at + 1] as number);
      blue += weight * (rgba[at + 2] as number);
      alpha += weight * (rgba[at + 3] as number);
    }
  }
  const clear = 1 - alpha;
  out[0] = red + clear * (ground[0] as number);
  out[1] = green + clear * (ground[1] as number);
  out[2] = blue + clear * (ground[2] as number);
}
