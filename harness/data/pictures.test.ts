import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { stream } from "#harness/random/stream.ts";
import { decodePhotos } from "./photos.ts";
import { parsePng } from "./png.ts";
import { middleSquare, resizePixels } from "./resize.ts";
import { onBackground, renderSvgs } from "./svg.ts";

interface Picture {
  file: string;
  width: number;
  height: number;
  pixels: number[];
}
/** Made by Pillow: scripts/golden/pictures.py. */
const golden = JSON.parse(readFileSync(new URL("./pictures.golden.json", import.meta.url), "utf8")) as {
  pngs: (Picture & { what: string })[];
  jpeg: Picture;
  resize: {
    width: number;
    height: number;
    pixels: number[];
    cases: { box: [number, number, number, number]; to: [number, number]; pixels: number[] }[];
  };
};
const bytesOf = ({ file }: Picture) => new Uint8Array(Buffer.from(file, "base64"));
const largest = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, x, at) => Math.max(most, Math.abs(x - (b[at] ?? 0))), 0);
};

describe("PNG", () => {
  it.each(golden.pngs)("reads the pixels that Pillow wrote: $what", (picture) => {
    const { width, height, pixels } = parsePng(bytesOf(picture), "a.png");
    expect([width, height]).toEqual([picture.width, picture.height]);
    // Pillow rounds a blend with white its own way.
    expect(largest(pixels, picture.pixels)).toBeLessThanOrEqual(picture.what.includes("alpha") ? 1 : 0);
  });

  it("never crashes on a damaged file: 200 mutations of each give pixels of the stated size or a named error", () => {
    for (const picture of golden.pngs) {
      const whole = bytesOf(picture);
      const random = stream(1, "png", picture.what);
      for (let n = 0; n < 200; n++) {
        const cut = random.uniform() < 0.3 ? random.integer(whole.length) : whole.length;
        const bytes = whole.slice(0, cut);
        for (let k = random.integer(4); k >= 0; k--)
          if (bytes.length > 0) bytes[random.integer(bytes.length)] = random.integer(256);
        try {
          const { width, height, pixels } = parsePng(bytes, "a.png");
          expect(pixels.length).toBe(width * height * 3);
        } catch (error) {
          expect(error).toBeInstanceOf(RankbenchError);
          expect(String(error)).toContain("a.png");
        }
      }
    }
  });

  it("refuses what the checksums let pass: too few pixels, an unknown filter", () => {
    const [grey] = golden.pngs;
    if (grey === undefined) throw new Error("no picture");
    const whole = Buffer.from(bytesOf(grey));
    const remade = (raw: Uint8Array) => {
      const at = whole.indexOf("IDAT") - 4;
      const packed = deflateSync(raw);
      const chunk = Buffer.alloc(12 + packed.length);
      chunk.writeUInt32BE(packed.length, 0);
      chunk.write("IDAT", 4, "latin1");
      packed.copy(chunk, 8);
      chunk.writeUInt32BE(crcOf(chunk.subarray(4, 8 + packed.length)), 8 + packed.length);
      return new Uint8Array(
        Buffer.concat([whole.subarray(0, at), chunk, whole.subarray(whole.indexOf("IEND") - 4)]),
      );
    };
    const rows = new Uint8Array(11 * 14);
    expect(parsePng(remade(rows), "a.png").pixels.every((value) => value === 0)).toBe(true);
    expect(() => parsePng(remade(rows.slice(14)), "a.png")).toThrow(/too few/);
    rows[14] = 9;
    expect(() => parsePng(remade(rows), "a.png")).toThrow(/filter[\s\S]*row 1/);
  });
});

/** CRC-32 bit by bit, as the PNG specification's appendix defines it. */
function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

describe("JPEG", () => {
  it("decodes to Pillow's pixels, within what decoders differ by", async () => {
    const [photo] = await decodePhotos([{ name: "a.jpg", bytes: bytesOf(golden.jpeg) }]);
    expect([photo?.width, photo?.height]).toEqual([golden.jpeg.width, golden.jpeg.height]);
    const pixels = photo?.pixels ?? new Uint8Array();
    expect(largest(pixels, golden.jpeg.pixels)).toBeLessThanOrEqual(4);
  });

  it("knows a PNG by its first bytes, whatever its name says", async () => {
    const [, , colour] = golden.pngs;
    if (colour === undefined) throw new Error("no picture");
    const [photo] = await decodePhotos([{ name: "cat.jpg", bytes: bytesOf(colour) }]);
    expect([...(photo?.pixels ?? [])]).toEqual(colour.pixels);
  });

  it("names the file that is damaged: no JPEG, cut in its header, without image data", async () => {
    const whole = bytesOf(golden.jpeg);
    const good = { name: "good.jpg", bytes: whole };
    for (const bytes of [new Uint8Array([1, 2, 3]), whole.slice(0, 40), whole.slice(0, 400)])
      await expect(decodePhotos([good, { name: "bad.jpg", bytes }])).rejects.toThrow(/bad\.jpg/);
  });
});

describe("resizing", () => {
  it.each(golden.resize.cases)("is Pillow's bicubic filter from box $box to $to", ({ box, to, pixels }) => {
    const { width, height } = golden.resize;
    const [left, top, right, bottom] = box;
    const made = resizePixels(
      Uint8Array.from(golden.resize.pixels),
      { width, height, channels: 3 },
      { left, top, width: right - left, height: bottom - top },
      { width: to[0], height: to[1] },
    );
    // Pillow computes with integer weights.
    expect(largest(made, pixels)).toBeLessThanOrEqual(1);
  });

  it("cuts the middle square of a wide picture", () => {
    // Columns 0 to 5 hold 10 times their number; the middle 4 are 1 to 4.
    const wide = Uint8Array.from({ length: 4 * 6 }, (_, at) => 10 * (at % 6));
    const made = middleSquare(wide, { width: 6, height: 4, channels: 1 }, 4);
    expect([...made.slice(0, 4)]).toEqual([10, 20, 30, 40]);
  });
});

describe("SVG", () => {
  const svg = (body: string, height = 4) =>
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 ${height}">${body}</svg>`;

  it("draws shapes with premultiplied alpha, and lays them on a background", async () => {
    const [half] = await renderSvgs([
      { svg: svg('<path fill="red" opacity=".5" d="M0 0h2v4H0z"/>'), width: 4 },
    ]);
    const rgba = half?.rgba ?? new Uint8Array();
    expect([half?.width, half?.height]).toEqual([4, 4]);
    expect([...rgba.slice(0, 4), ...rgba.slice(8, 12)]).toEqual([128, 0, 0, 128, 0, 0, 0, 0]);
    const laid = onBackground(rgba, [0, 255, 255]);
    expect([...laid.slice(0, 3), ...laid.slice(6, 9)]).toEqual([128, 127, 127, 0, 255, 255]);
  });

  it("gives null for what is no drawing and goes on with the next, in order and at each one's size", async () => {
    const square = svg('<path d="M0 0h4v4H0z"/>');
    const made = await renderSvgs([
      { svg: square, width: 2 },
      { svg: "no drawing", width: 2 },
      { svg: svg('<path d="M0 0h4v8H0z"/>', 8), width: 3 },
    ]);
    expect(made.map((each) => each && [each.width, each.height])).toEqual([[2, 2], null, [3, 6]]);
  });
});
