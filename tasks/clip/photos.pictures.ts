// Photographs of a data set with CoOp's split, read out of its archive as they are drawn, and the stand-ins of the sample.
import { openBytes, readBytes } from "#harness/data/content.ts";
import { decodePhotos } from "#harness/data/photos.ts";
import { middleSquare } from "#harness/data/resize.ts";
import type { ResolvedFile, ResolvedSource } from "#harness/data/source.ts";
import { onBackground, renderSvgs } from "#harness/data/svg.ts";
import { tarEntries } from "#harness/data/tar.ts";
import { unzipEntries } from "#harness/data/zip.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { type Pictures, pickPictures } from "#tasks/encoding/clip-split.ts";
import { distinctPools, type PicturePool, type PicturePools } from "#tasks/encoding/clip-task.ts";
import { parseIconSet, svgOf } from "#tasks/encoding/icon-set.ts";
import { fileOf } from "#tasks/encoding/read-rows.ts";
import { type CoopPart, readCoopSplit } from "./coop.split.ts";

export const SPLIT_FILE = "split.json";
export const SAMPLE_ICONS = "photos.sample.icons.json";

export interface PhotoArchive {
  /** The archive's file in the source, and what it is. */
  readonly file: string;
  readonly kind: "zip" | "tar.gz";
  /** What stands before a path of the split inside the archive: `images/`. */
  readonly prefix: string;
  /** Side at which pictures are held: that of the towers, or their own where it is smaller. */
  readonly side: number;
}

interface Entry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The entries that `wanted` has, in the archive's order. */
async function* readEntries(
  file: ResolvedFile,
  kind: PhotoArchive["kind"],
  wanted: (name: string) => boolean,
): AsyncGenerator<Entry> {
  if (kind === "zip") {
    const entries = unzipEntries(await readBytes(file), file.path, wanted);
    for (const [name, bytes] of entries) yield { name, bytes };
    return;
  }
  yield* tarEntries(openBytes({ path: file.path, packing: "gzip" }), file.path, wanted);
}

/** Decoded photographs are much larger than their files: so many are held at a time. */
const AT_ONCE = 64;

function photoPool(part: CoopPart, file: ResolvedFile, archive: PhotoArchive): PicturePool {
  const { kind, prefix, side } = archive;
  return {
    ...part,
    async load(positions) {
      const names = positions.map((at) => part.names[at] ?? "");
      const places = new Map(names.map((name, at) => [prefix + name, at]));
      const pixels = new Uint8Array(names.length * side * side * 3);
      let held: Entry[] = [];
      const decode = async () => {
        for (const [at, photo] of (await decodePhotos(held)).entries()) {
          const place = places.get(held[at]?.name ?? "") ?? 0;
          const square = middleSquare(photo.pixels, { ...photo, channels: 3 }, side);
          pixels.set(square, place * square.length);
        }
        for (const { name } of held) places.delete(name);
        held = [];
      };
      for await (const entry of readEntries(file, kind, (name) => places.has(name))) {
        held.push(entry);
        if (held.length === AT_ONCE) await decode();
      }
      await decode();
      for (const name of places.keys()) throw missing(file, name);
      return { side, names, pixels, labels: Int32Array.from(positions, (at) => part.labels[at] ?? 0) };
    },
  };
}

const missing = (file: ResolvedFile, name: string): RankbenchError =>
  new RankbenchError({
    reason: "data",
    thing: `archive ${file.path}`,
    problem: "it lacks a picture of the split",
    field: "entry",
    value: name,
    wanted: "every picture that the split names",
    next: "get a whole copy: bench data verify says which copies are good",
  });

/** Pools by the official split; names of the classes must be those the task states. */
export async function photoPictures(
  source: ResolvedSource,
  classes: readonly string[],
  archive: PhotoArchive,
): Promise<PicturePools> {
  if (source.variant === "sample") return samplePictures(source, classes.length);
  const splitFile = fileOf(source, SPLIT_FILE);
  const split = await readCoopSplit(splitFile);
  if (split.classes.join("\n") !== classes.join("\n"))
    throw new Error(`${splitFile.path}: classes ${split.classes.join(", ")} are not the task's`);
  const file = fileOf(source, archive.file);
  return {
    train: photoPool(split.train, file, archive),
    validation: photoPool(split.val, file, archive),
    test: photoPool(split.test, file, archive),
  };
}

const SAMPLE_SIDE = 64;

/** Made-up drawings of as many classes: of each, two for the test, one for validation, the rest for shots. */
async function samplePictures(source: ResolvedSource, classes: number): Promise<PicturePools> {
  const file = fileOf(source, SAMPLE_ICONS);
  const set = parseIconSet(new TextDecoder().decode(await readBytes(file)), file.path);
  const chosen = Object.keys(set.icons)
    .map((name) => ({ name, label: Number(name.split("-")[0]), at: Number(name.split("-")[1]) }))
    .filter(({ label }) => label < classes);
  const rendered = await renderSvgs(
    chosen.map(({ name }) => ({ svg: svgOf(set, name) ?? "", width: SAMPLE_SIDE })),
  );
  const size = SAMPLE_SIDE ** 2 * 3;
  const all: Pictures = {
    side: SAMPLE_SIDE,
    names: chosen.map(({ name }) => name),
    labels: Int32Array.from(chosen, ({ label }) => label),
    pixels: new Uint8Array(chosen.length * size),
  };
  for (const [at, picture] of rendered.entries()) {
    if (picture === null) throw new Error(`${file.path}: ${chosen[at]?.name} was not drawn`);
    all.pixels.set(onBackground(picture.rgba, [255, 255, 255]), at * size);
  }
  const pool = (wanted: (at: number) => boolean) =>
    pickPictures(
      all,
      chosen.flatMap(({ at }, position) => (wanted(at) ? [position] : [])),
    );
  return distinctPools({
    test: pool((at) => at < 2),
    validation: pool((at) => at === 2),
    train: pool((at) => at > 2),
  });
}
