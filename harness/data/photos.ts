// Photographs (JPEG, now and then PNG or GIF) as pixels, at their own size: resvg draws them as the only picture of a drawing. A file that it does not
// draw is refused by name.
import { RankbenchError } from "#harness/failure/error.ts";
import { onBackground, renderSvgs } from "./svg.ts";

export interface Photo {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] bytes, row by row. */
  readonly pixels: Uint8Array;
}

/** Photographs that one process is given: they lie in its input as text. */
const AT_ONCE = 64;

/** Markers that hold the size: start of frame, but not the tables C4, C8 and CC. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

const refuse = (name: string, problem: string): RankbenchError =>
  new RankbenchError({
    reason: "data",
    thing: `picture ${name}`,
    problem,
    wanted: "a whole JPEG, PNG or GIF file",
    next: "get an undamaged copy of the archive: bench data verify says which copies are good",
  });

interface Kind {
  readonly type: "jpeg" | "png" | "gif";
  readonly width: number;
  readonly height: number;
}

/** What a file is by its first bytes, whatever its name says: some of Oxford's pets are GIFs and PNGs called `.jpg`. */
function kindOf(bytes: Uint8Array, name: string): Kind {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const starts = Buffer.from(bytes.subarray(0, 8)).toString("latin1");
  if (starts.startsWith("GIF8") && bytes.length > 10)
    return { type: "gif", width: view.getUint16(6, true), height: view.getUint16(8, true) };
  if (starts === "\x89PNG\r\n\x1a\n" && bytes.length > 24)
    return { type: "png", width: view.getUint32(16), height: view.getUint32(20) };
  if (!starts.startsWith("\xff\xd8")) throw refuse(name, "it is no JPEG, PNG or GIF");
  for (let at = 2; at + 9 <= bytes.length; ) {
    const marker = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff) break;
    if (isFrame(marker))
      return { type: "jpeg", width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += 2 + view.getUint16(at + 2);
  }
  throw refuse(name, "it has no frame with a size");
}

/** All pictures, in the order given. Throws a `data` error that names the one that is damaged. */
export async function decodePhotos(
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): Promise<readonly Photo[]> {
  const out: Photo[] = [];
  for (let from = 0; from < files.length; from += AT_ONCE) {
    const some = files.slice(from, from + AT_ONCE);
    const drawings = some.map(({ name, bytes }) => {
      const { type, width, height } = kindOf(bytes, name);
      if (width === 0 || height === 0) throw refuse(name, "it has no pixels");
      const link = `data:image/${type};base64,${Buffer.from(bytes).toString("base64")}`;
      const image = `<image width="${width}" height="${height}" href="${link}"/>`;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${image}</svg>`;
      return { name, svg, width, height };
    });
    const rendered = await renderSvgs(drawings);
    for (const [at, { name, width, height }] of drawings.entries()) {
      const picture = rendered[at];
      // A picture that resvg cannot read is left out of the drawing, which is then empty.
      const empty = picture?.rgba.every((value) => value === 0) ?? true;
      if (!picture || empty || picture.width !== width || picture.height !== height)
        throw refuse(name, "it cannot be decoded");
      out.push({ width, height, pixels: onBackground(picture.rgba, [255, 255, 255]) });
    }
  }
  return out;
}
