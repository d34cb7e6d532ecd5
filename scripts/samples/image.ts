// Makes the embedded samples of the image tasks: invented drawings in the form of the real files, so that everything runs
// without data. Nothing of the real sets is in them. Run it to write them: node --import tsx scripts/samples/image.ts
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type Stream, stream } from "#harness/random/stream.ts";

const SEED = 2026;
const CLASSES = 10;

/** Whether a point of the square from -1 to 1 belongs to a figure; x to the right, y downwards. */
type Figure = (x: number, y: number) => boolean;

const box =
  (left: number, right: number, top: number, bottom: number): Figure =>
  (x, y) =>
    x >= left && x <= right && y >= top && y <= bottom;
const disc =
  (cx: number, cy: number, radius: number): Figure =>
  (x, y) =>
    Math.hypot(x - cx, y - cy) <= radius;
const any =
  (...figures: readonly Figure[]): Figure =>
  (x, y) =>
    figures.some((figure) => figure(x, y));
const without =
  (figure: Figure, hole: Figure): Figure =>
  (x, y) =>
    figure(x, y) && !hole(x, y);

/** Segments of a digit on a display: top, upper left, upper right, middle, lower left, lower right, bottom. */
const SEGMENTS: readonly Figure[] = [
  box(-0.5, 0.5, -0.9, -0.7),
  box(-0.6, -0.4, -0.9, 0),
  box(0.4, 0.6, -0.9, 0),
  box(-0.5, 0.5, -0.1, 0.1),
  box(-0.6, -0.4, 0, 0.9),
  box(0.4, 0.6, 0, 0.9),
  box(-0.5, 0.5, 0.7, 0.9),
];
const LIT = ["012456", "25", "02346", "02356", "1235", "01356", "013456", "025", "0123456", "012356"];
const DIGITS: readonly Figure[] = LIT.map((lit) =>
  any(...[...lit].flatMap((segment) => SEGMENTS[Number(segment)] ?? [])),
);

const CLOTHES: readonly Figure[] = [
  any(box(-0.5, 0.5, -0.7, 0.8), box(-0.9, 0.9, -0.7, -0.3)),
  without(box(-0.4, 0.4, -0.9, 0.9), box(-0.1, 0.1, -0.4, 0.9)),
  any(box(-0.5, 0.5, -0.7, 0.7), box(-0.9, -0.6, -0.7, 0.7), box(0.6, 0.9, -0.7, 0.7)),
  (x, y) => Math.abs(y) <= 0.9 && Math.abs(x) <= 0.25 + 0.25 * (y + 0.9),
  without(box(-0.7, 0.7, -0.9, 0.9), box(-0.08, 0.08, -0.6, 0.9)),
  any(box(-0.9, 0.9, 0.4, 0.55), (x, y) => Math.abs(y - 0.5 * x) < 0.12 && Math.abs(x) < 0.7),
  any(box(-0.35, 0.35, -0.8, 0.8), box(-0.7, 0.7, -0.8, -0.5)),
  (x, y) => y <= 0.5 && y >= 0.1 - 0.3 * (x > 0 ? 0 : 1) && Math.abs(x) <= 0.9,
  any(box(-0.7, 0.7, -0.1, 0.8), without(disc(0, -0.1, 0.5), disc(0, -0.1, 0.35))),
  any(box(-0.1, 0.5, -0.8, 0.6), box(-0.8, 0.5, 0.2, 0.6)),
];

const THINGS: readonly Figure[] = [
  any(box(-0.9, 0.9, -0.15, 0.15), box(-0.15, 0.15, -0.7, 0.7)),
  any(box(-0.8, 0.8, -0.2, 0.3), disc(-0.45, 0.4, 0.25), disc(0.45, 0.4, 0.25)),
  (x, y) => Math.abs(y + 0.4 - Math.abs(x)) < 0.22,
  any(disc(0, 0.1, 0.55), box(-0.55, -0.3, -0.8, 0), box(0.3, 0.55, -0.8, 0)),
  any(box(-0.5, 0.5, -0.2, 0.2), box(-0.5, -0.3, 0, 0.9), box(0.3, 0.5, 0, 0.9)),
  without(disc(0, 0, 0.75), disc(0, 0, 0.4)),
  any(disc(-0.4, -0.3, 0.35), disc(0.4, -0.3, 0.35), box(-0.6, 0.6, 0.2, 0.6)),
  (x, y) => Math.abs(x) + Math.abs(y) < 0.7,
  (x, y) => y > 0 && y < 0.6 && Math.abs(x) < 0.9 - y,
  any(box(-0.9, 0.3, -0.4, 0.4), box(0.4, 0.9, -0.1, 0.4)),
];

/** A drawing's place, size and slant, so that no two are alike. */
function view(figure: Figure, side: number, random: Stream): Figure {
  const zoom = 0.75 + 0.3 * random.uniform();
  const slant = 0.4 * random.uniform() - 0.2;
  const [dx, dy] = [0.3 * random.uniform() - 0.15, 0.3 * random.uniform() - 0.15];
  return (column, row) => {
    const [x, y] = [(2 * (column + 0.5)) / side - 1, (2 * (row + 0.5)) / side - 1];
    return figure((x - dx + slant * y) / zoom, (y - dy) / zoom);
  };
}

interface Drawings {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/** Grey drawings [count, 28, 28]: one brightness each, classes in turn. */
function grey(figures: readonly Figure[], count: number, random: Stream): Drawings {
  const side = 28;
  const pixels = new Uint8Array(count * side * side);
  const labels = Uint8Array.from({ length: count }, (_, n) => n % CLASSES);
  for (const [n, label] of labels.entries()) {
    const inside = view(figures[label] ?? box(0, 0, 0, 0), side, random);
    const brightness = 150 + 15 * random.integer(8);
    for (let at = 0; at < side * side; at++)
      if (inside(at % side, Math.floor(at / side))) pixels[n * side * side + at] = brightness;
  }
  return { pixels, labels };
}

/** Records of CIFAR-10's form: a label, then three planes of 32 by 32. Colours tell nothing of the class. */
function records(figures: readonly Figure[], count: number, random: Stream): Uint8Array {
  const side = 32;
  const plane = side * side;
  const out = new Uint8Array(count * (1 + 3 * plane));
  for (let n = 0; n < count; n++) {
    const label = n % CLASSES;
    const inside = view(figures[label] ?? box(0, 0, 0, 0), side, random);
    const from = n * (1 + 3 * plane);
    out[from] = label;
    for (let channel = 0; channel < 3; channel++) {
      const [ground, thing] = [8 * random.integer(12), 140 + 8 * random.integer(14)];
      for (let at = 0; at < plane; at++)
        out[from + 1 + channel * plane + at] = inside(at % side, Math.floor(at / side)) ? thing : ground;
    }
  }
  return out;
}

/** An IDX file of unsigned bytes. */
function idx(shape: readonly number[], data: Uint8Array): Uint8Array {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head.writeUInt32BE(0x0800 | shape.length, 0);
  for (const [axis, size] of shape.entries()) head.writeUInt32BE(size, 4 + 4 * axis);
  return new Uint8Array(Buffer.concat([head, data]));
}

function idxFiles(name: string, figures: readonly Figure[]): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (const [half, count] of [
    ["train", 200],
    ["test", 80],
  ] as const) {
    const { pixels, labels } = grey(figures, count, stream(SEED, name, half));
    files[`${name}.sample.${half}-images.idx.gz`] = idx([count, 28, 28], pixels);
    files[`${name}.sample.${half}-labels.idx.gz`] = idx([count], labels);
  }
  return files;
}

const FILES: Record<string, Uint8Array> = {
  ...idxFiles("mnist", DIGITS),
  ...idxFiles("fashion-mnist", CLOTHES),
  "cifar10.sample.train.bin.gz": records(THINGS, 200, stream(SEED, "cifar10", "train")),
  "cifar10.sample.test.bin.gz": records(THINGS, 80, stream(SEED, "cifar10", "test")),
};

for (const [name, bytes] of Object.entries(FILES)) {
  const packed = gzipSync(bytes, { level: 9 });
  // Byte 9 names the system that packed it; the same drawings give the same file everywhere.
  packed[9] = 255;
  await writeFile(fileURLToPath(new URL(`../../tasks/image/${name}`, import.meta.url)), packed);
}
