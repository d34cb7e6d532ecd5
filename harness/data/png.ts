// The PNG format (W3C, second edition) as far as data sets use it: 1 to 8 bits a sample, grey, colour, palette, with or without
// alpha, not interlaced. Lengths, checksums and sizes are checked before pixels are made.
import { crc32, inflateSync } from "node:zlib";
import { type Refuse, refuserOf } from "./damaged.ts";

export interface PngImage {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] bytes, row by row; grey is repeated, alpha is laid on white. */
  readonly pixels: Uint8Array;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Samples a pixel by colour type: grey, colour, palette, grey with alpha, colour with alpha. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Pictures of data sets are small; a header that asks for more is damaged. */
const MOST_PIXELS = 2 ** 26;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly samples: number;
}

interface Parts {
  readonly header: Header;
  readonly palette: Uint8Array | null;
  /** Alpha of palette entries, or of none. */
  readonly clear: Uint8Array | null;
  readonly data: Uint8Array;
}

/** The picture in `bytes`. `file` names it in messages. Throws a `data` error for anything but a whole PNG of these kinds. */
export function parsePng(bytes: Uint8Array, file: string): PngImage {
  const refuse = refuserOf(`picture ${file}`);
  const parts = readParts(bytes, refuse);
  const rows = unfiltered(parts, refuse);
  return { width: parts.header.width, height: parts.header.height, pixels: toColours(parts, rows, refuse) };
}

function readParts(bytes: Uint8Array, refuse: Refuse): Parts {
  if (!SIGNATURE.every((byte, at) => bytes[at] === byte))
    throw refuse("it is no PNG", "signature", bytes.slice(0, 8), "89 50 4e 47 0d 0a 1a 0a");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: Header | null = null;
  let palette: Uint8Array | null = null;
  let clear: Uint8Array | null = null;
  const data: Uint8Array[] = [];
  for (let at = SIGNATURE.length; ; ) {
    if (at + 12 > bytes.length) throw refuse("it ends early", "bytes", bytes.length, "an IEND chunk");
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length)
      throw refuse("it ends inside a chunk", "chunk length", length, `at most ${bytes.length - at - 12}`);
    const kind = Buffer.from(bytes.subarray(at + 4, at + 8)).toString("latin1");
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length))
      throw refuse("a chunk's checksum is wrong", "chunk", kind, "the checksum of its bytes");
    at += 12 + length;
    if (kind === "IHDR") header = readHeader(body, refuse);
    else if (kind === "PLTE") palette = body;
    else if (kind === "tRNS") clear = body;
    else if (kind === "IDAT") data.push(body);
    else if (kind === "IEND") break;
  }
  if (header === null) throw refuse("it has no header", "chunk", "none", "IHDR");
  return { header, palette, clear, data: new Uint8Array(Buffer.concat(data)) };
}

function readHeader(body: Uint8Array, refuse: Refuse): Header {
  if (body.length !== 13) throw refuse("its header has another length", "IHDR", body.length, "13 bytes");
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth = 0, colour = 0, , , interlaced = 0] = body.subarray(8);
  const samples = SAMPLES[colour];
  if (width === 0 || height === 0 || width * height > MOST_PIXELS)
    throw refuse("its size is not usable", "size", `${width} x ${height}`, `1 to ${MOST_PIXELS} pixels`);
  if (samples === undefined || ![1, 2, 4, 8].includes(depth) || (depth < 8 && samples > 1))
    throw refuse(
      "its kind of pixel is not read",
      "bits and colour type",
      `${depth}, ${colour}`,
      "1 to 8 bits",
    );
  if (interlaced !== 0) throw refuse("it is interlaced", "interlace", interlaced, "0");
  return { width, height, depth, colour, samples };
}

/** Rows of packed samples without their filters. */
function unfiltered({ header, data }: Parts, refuse: Refuse): Uint8Array {
  const stride = Math.ceil((header.width * header.samples * header.depth) / 8);
  const expected = (stride + 1) * header.height;
  let raw: Uint8Array;
  try {
    raw = inflateSync(data, { maxOutputLength: expected + 1 });
  } catch (cause) {
    throw refuse("its pixels do not unpack", "IDAT", String(cause), "a whole zlib stream");
  }
  if (raw.length !== expected)
    throw refuse("it has too few or too many pixels", "bytes", raw.length, `${expected}`);
  const back = Math.max(1, (header.samples * header.depth) / 8);
  const out = new Uint8Array(stride * header.height);
  for (let y = 0; y < header.height; y++) {
    const filter = raw[y * (stride + 1)] ?? 0;
    if (filter > 4) throw refuse("a row has an unknown filter", `row ${y}`, filter, "0 to 4");
    for (let x = 0; x < stride; x++) {
      const left = x < back ? 0 : (out[y * stride + x - back] as number);
      const above = y === 0 ? 0 : (out[(y - 1) * stride + x] as number);
      const corner = x < back || y === 0 ? 0 : (out[(y - 1) * stride + x - back] as number);
      out[y * stride + x] =
        (raw[y * (stride + 1) + 1 + x] as number) + predicted(filter, left, above, corner);
    }
  }
  return out;
}

function predicted(filter: number, left: number, above: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  const guess = left + above - corner;
  const [toLeft, toAbove, toCorner] = [left, above, corner].map((value) => Math.abs(guess - value));
  if ((toLeft as number) <= (toAbove as number) && (toLeft as number) <= (toCorner as number)) return left;
  return (toAbove as number) <= (toCorner as number) ? above : corner;
}

function toColours({ header, palette, clear }: Parts, rows: Uint8Array, refuse: Refuse): Uint8Array {
  const { width, height, depth, colour, samples } = header;
  if (colour === 3 && palette === null) throw refuse("it has no palette", "chunk", "none", "PLTE");
  const stride = rows.length / height;
  const most = 2 ** depth - 1;
  const sample = (y: number, at: number): number => {
    const bit = at * depth;
    const byte = rows[y * stride + (bit >> 3)] as number;
    return (byte >> (8 - depth - (bit & 7))) & most;
  };
  const out = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const first = x * samples;
      const to = (y * width + x) * 3;
      let alpha = 255;
      for (let c = 0; c < 3; c++) {
        let value: number;
        if (colour === 3) {
          const entry = sample(y, first);
          const found = palette?.[3 * entry + c];
          if (found === undefined)
            throw refuse("a pixel is beyond the palette", `pixel ${x}, ${y}`, entry, "an entry");
          value = found;
          alpha = clear?.[entry] ?? 255;
        } else {
          value = (sample(y, first + (samples < 3 ? 0 : c)) * 255) / most;
          if (samples === 2 || samples === 4) alpha = sample(y, first + samples - 1);
        }
        out[to + c] = Math.round((value * alpha + 255 * (255 - alpha)) / 255);
      }
    }
  }
  return out;
}
