// Pictures of Omniglot: 50 characters drawn by the data set's name, 20 drawings of each, cut into pools.
import { readBytes } from "#harness/data/content.ts";
import { parsePng } from "#harness/data/png.ts";
import { middleSquare } from "#harness/data/resize.ts";
import type { ResolvedSource } from "#harness/data/source.ts";
import { unzipEntries } from "#harness/data/zip.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { type Pictures, pickPictures } from "#tasks/encoding/clip-split.ts";
import { distinctPools, type PicturePools } from "#tasks/encoding/clip-task.ts";
import { fileOf } from "#tasks/encoding/read-rows.ts";
import { drawRows } from "#tasks/encoding/rows.ts";
import { OMNIGLOT_ARCHIVES } from "./omniglot.source.ts";

export const CHARACTERS = 50;
/** Drawings of a character: 16 shots, one for validation, the rest for the test. */
const TEST = 3;
const VALIDATION = 1;

/**
 * `Balinese/character01` and the rest of `images_background_small1/Balinese/character01/0108_01.png`; Macintosh's extras are
 * none. The archives share an alphabet: a drawing goes by its path without the archive's folder, so that it counts once.
 */
const DRAWING = /^[^/]+\/(([^/_][^/]*\/character\d+)\/[^/]+\.png)$/;

export async function omniglotPictures(source: ResolvedSource, side: number): Promise<PicturePools> {
  const drawings = new Map<string, Map<string, Uint8Array>>();
  for (const name of OMNIGLOT_ARCHIVES) {
    const file = fileOf(source, name);
    const entries = unzipEntries(await readBytes(file), file.path, (entry) => DRAWING.test(entry));
    for (const [entry, bytes] of entries) {
      const [, drawing = "", character = ""] = DRAWING.exec(entry) ?? [];
      const own = drawings.get(character) ?? new Map<string, Uint8Array>();
      drawings.set(character, own.set(drawing, bytes));
    }
  }
  const known = [...drawings.keys()].sort();
  if (known.length < CHARACTERS)
    throw new RankbenchError({
      reason: "data",
      thing: `data ${source.id}`,
      problem: "its archives hold too few characters",
      value: known.length,
      wanted: `${CHARACTERS} or more folders of drawings`,
      next: "get undamaged copies: bench data verify says which are good",
    });
  const chosen = [...drawRows(known.length, "clip-omniglot")]
    .slice(0, CHARACTERS)
    .flatMap((at) => known.slice(at, at + 1));
  const all = chosen.flatMap((character, label) =>
    [...(drawings.get(character) ?? [])].sort().map(([name, bytes]) => ({ name, bytes, label, character })),
  );
  const size = side * side * 3;
  const pictures: Pictures = {
    side,
    names: all.map(({ name }) => name),
    labels: Int32Array.from(all, ({ label }) => label),
    pixels: new Uint8Array(all.length * size),
  };
  for (const [at, { name, bytes }] of all.entries()) {
    const png = parsePng(bytes, name);
    pictures.pixels.set(middleSquare(png.pixels, { ...png, channels: 3 }, side), at * size);
  }
  const parts = chosen.map((character, label) => {
    const own = all.flatMap((item, at) => (item.label === label ? [at] : []));
    const order = [...drawRows(own.length, "clip-omniglot", character)].flatMap((at) =>
      own.slice(at, at + 1),
    );
    return [order.slice(0, TEST), order.slice(TEST, TEST + VALIDATION), order.slice(TEST + VALIDATION)];
  });
  const pool = (which: number) =>
    pickPictures(
      pictures,
      parts.flatMap((part) => part[which] ?? []),
    );
  return distinctPools({ test: pool(0), validation: pool(1), train: pool(2) });
}
