// Pre-training pictures for the vision transformer: grey clothing images, turned, zoomed, moved, mirrored and given colours,
// so that features do not hang on white things in the middle of black.
import type { Stream } from "#harness/random/stream.ts";
import type { ImageRows } from "#tasks/encoding/image-rows.ts";

const degrees = (angle: number): number => (angle * Math.PI) / 180;
const between = (low: number, high: number, random: Stream): number => low + (high - low) * random.uniform();

/** Colours of ground and thing, 0 to 1 a channel: black and white in every second picture, otherwise drawn well apart. */
function drawColours(random: Stream): readonly [readonly number[], readonly number[]] {
  if (random.uniform() < 0.4)
    return [
      [0, 0, 0],
      [1, 1, 1],
    ];
  const colour = () => [random.uniform(), random.uniform(), random.uniform()];
  for (;;) {
    const [ground, thing] = [colour(), colour()];
    const apart = ground.reduce((sum, value, c) => sum + Math.abs(value - (thing[c] ?? 0)), 0);
    if (apart > 0.9) return [ground, thing];
  }
}

/** Brightness of image `item` between its pixels, 0 to 1; nothing outside. */
function sample(rows: ImageRows, item: number, x: number, y: number): number {
  const { width, height, pixels } = rows;
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  let value = 0;
  for (let j = 0; j < 2; j++) {
    for (let i = 0; i < 2; i++) {
      const [column, row] = [x0 + i, y0 + j];
      if (column < 0 || column >= width || row < 0 || row >= height) continue;
      const share = (i === 0 ? 1 - (x - x0) : x - x0) * (j === 0 ? 1 - (y - y0) : y - y0);
      value += (share * (pixels[(item * height + row) * width + column] ?? 0)) / 255;
    }
  }
  return value;
}

/** Draws image `item` into `out` at `offset`, [side, side, 3], -1 to 1. `random` null: as it is, in the middle, on black. */
export function drawPicture(
  rows: ImageRows,
  item: number,
  side: number,
  out: Float32Array,
  offset: number,
  random: Stream | null,
): void {
  const angle = random === null ? 0 : degrees(between(-10, 10, random));
  const zoom = random === null ? 1 : between(0.85, 1.15, random);
  const [dx, dy] = random === null ? [0, 0] : [between(-3, 3, random), between(-3, 3, random)];
  const mirror = random !== null && random.uniform() < 0.5 ? -1 : 1;
  const [ground, thing] =
    random === null
      ? [
          [0, 0, 0],
          [1, 1, 1],
        ]
      : drawColours(random);
  const [cos, sin] = [Math.cos(angle) / zoom, Math.sin(angle) / zoom];
  const centre = (side - 1) / 2;
  let to = offset;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [right, down] = [mirror * (x - centre - dx), y - centre - dy];
      const value = sample(
        rows,
        item,
        cos * right + sin * down + (rows.width - 1) / 2,
        cos * down - sin * right + (rows.height - 1) / 2,
      );
      for (let c = 0; c < 3; c++) {
        const [from, till] = [ground[c] ?? 0, thing[c] ?? 0];
        out[to++] = 2 * (from + value * (till - from)) - 1;
      }
    }
  }
}
