// Writes the embedded samples of the few-shot tasks: made-up drawings, a shape and a colour for each class, varied from picture
// to picture, and made-up characters. They say only that everything works.
//   node --import tsx scripts/samples/clip.ts
import { writeFile } from "node:fs/promises";
import { crc32, deflateSync } from "node:zlib";
import { zipSync } from "fflate";
import { type Stream, stream } from "#harness/random/stream.ts";
import { BASE_CLASSES, NOVEL_CLASSES } from "#tasks/clip/emoji.classes.ts";
import { readConcepts } from "#tasks/encoding/concepts.ts";

/** Drawings a class: 16 shots, 3 for validation, 5 for the test. */
const EACH = 24;
const folder = new URL("../../tasks/clip/", import.meta.url);

const SHAPES: readonly ((size: number) => string)[] = [
  (size) => `<circle r="${size}"/>`,
  (size) => `<rect x="-${size}" y="-${size}" width="${2 * size}" height="${2 * size}"/>`,
  (size) => `<path d="M0-${size}L${size} ${size}H-${size}z"/>`,
  (size) => `<rect x="-${size}" y="-3" width="${2 * size}" height="6"/>`,
  (size) => `<path d="M-${size}-3H-3V-${size}H3V-3H${size}V3H3V${size}H-3V3H-${size}z"/>`,
  (size) => `<circle r="${size}" fill="none" stroke="currentColor" stroke-width="4"/>`,
];

/** Body of an icon of 36 by 36: class `label`'s shape and hue, moved, turned and coloured a little. */
function body(label: number, random: Stream): string {
  const near = (centre: number, spread: number) => Math.round(centre + spread * (2 * random.uniform() - 1));
  const shape = SHAPES[label % SHAPES.length]?.(near(10, 3)) ?? "";
  const colour = `hsl(${(near(label * 137, 12) + 360) % 360},70%,${near(45, 8)}%)`;
  const place = `translate(${near(18, 4)} ${near(18, 4)})rotate(${near(0, 20)})`;
  return `<g fill="${colour}" color="${colour}" transform="${place}">${shape}</g>`;
}

const rows = await readConcepts(new URL("emoji.concepts.tsv", folder));
const icons: Record<string, { readonly body: string }> = {};
const codes: Record<string, string> = {};
for (const [label, { name, subgroups }] of [...BASE_CLASSES, ...NOVEL_CLASSES].entries()) {
  const random = stream(0, "clip-sample", name);
  const seen = new Set<string>();
  for (const { code, concept, subgroup } of rows) {
    if (!subgroups.includes(subgroup) || seen.has(concept) || seen.size === EACH) continue;
    seen.add(concept);
    codes[code] = code;
    icons[code] = { body: body(label, random) };
  }
}
const set = { prefix: "sample", width: 36, height: 36, icons };
await writeFile(new URL("openmoji.sample.icons.json", folder), `${JSON.stringify(set)}\n`);
await writeFile(new URL("openmoji.sample.chars.json", folder), `${JSON.stringify(codes)}\n`);

/** Classes of the tasks on photographs at most, and pictures of each. */
const [PHOTO_CLASSES, PHOTOS] = [47, 7];
const photos: Record<string, { readonly body: string }> = {};
for (let label = 0; label < PHOTO_CLASSES; label++) {
  const random = stream(0, "clip-sample", "photos", String(label));
  for (let at = 0; at < PHOTOS; at++) photos[`${label}-${at}`] = { body: body(label, random) };
}
await writeFile(
  new URL("photos.sample.icons.json", folder),
  `${JSON.stringify({ ...set, icons: photos })}\n`,
);

/** A grey PNG of one bit a pixel, white where `ink` is not. */
function png(side: number, ink: ReadonlySet<number>): Uint8Array {
  const stride = Math.ceil(side / 8);
  const rows = Buffer.alloc((stride + 1) * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const at = y * (stride + 1) + 1 + (x >> 3);
      if (!ink.has(y * side + x)) rows[at] = (rows[at] ?? 0) | (128 >> (x & 7));
    }
  }
  const chunk = (kind: string, data: Uint8Array) => {
    const out = Buffer.alloc(12 + data.length);
    out.writeUInt32BE(data.length, 0);
    out.write(kind, 4, "latin1");
    out.set(data, 8);
    out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
    return out;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 1;
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))];
  return new Uint8Array(Buffer.concat([signature, ...parts]));
}

/** Pixels of a line of some width between points. */
function strokes(points: readonly (readonly [number, number])[], side: number): ReadonlySet<number> {
  const ink = new Set<number>();
  for (const [at, [x, y]] of points.slice(1).entries()) {
    const [fromX, fromY] = points[at] ?? [x, y];
    for (let step = 0; step <= side; step++) {
      const [px, py] = [fromX + ((x - fromX) * step) / side, fromY + ((y - fromY) * step) / side];
      for (const [dx, dy] of [
        [0, 0],
        [1, 0],
        [0, 1],
      ] as const) {
        const [column, row] = [Math.round(px) + dx, Math.round(py) + dy];
        if (column >= 0 && column < side && row >= 0 && row < side) ink.add(row * side + column);
      }
    }
  }
  return ink;
}

/** Two archives of 25 characters, 8 drawings of each: fewer than 16 shots, as a class may have. */
const SIDE = 32;
for (const archive of [1, 2]) {
  const entries: Record<string, Uint8Array> = {};
  for (let character = 1; character <= 25; character++) {
    const random = stream(0, "clip-sample", "character", String(archive), String(character));
    const around = (centre: number, spread: number) => centre + spread * (2 * random.uniform() - 1);
    const corners = Array.from(
      { length: 4 + random.integer(3) },
      () => [around(16, 11), around(16, 11)] as const,
    );
    for (let drawing = 1; drawing <= 8; drawing++) {
      const points = corners.map(([x, y]) => [around(x, 1.5), around(y, 1.5)] as const);
      const number = String(character).padStart(2, "0");
      entries[`s${archive}/Sample${archive}/character${number}/${number}_0${drawing}.png`] = png(
        SIDE,
        strokes(points, SIDE),
      );
    }
  }
  const zip = zipSync(entries, { level: 0, mtime: new Date("2025-01-01T00:00:00") });
  await writeFile(new URL(`omniglot.sample.${archive}.zip`, folder), zip);
}
console.log(Object.keys(icons).length, "drawings");
