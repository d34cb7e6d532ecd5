// Pictures of the emoji tasks: one drawing a concept, on white, cut into the pools of shots, of validation and of the test.
import { readBytes } from "#harness/data/content.ts";
import type { ResolvedSource } from "#harness/data/source.ts";
import { onBackground, renderSvgs } from "#harness/data/svg.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { type Pictures, pickPictures } from "#tasks/encoding/clip-split.ts";
import { distinctPools, type PicturePools } from "#tasks/encoding/clip-task.ts";
import { type EmojiRow, readConcepts } from "#tasks/encoding/concepts.ts";
import { iconOf, parseIconSet, svgOf } from "#tasks/encoding/icon-set.ts";
import { fileOf } from "#tasks/encoding/read-rows.ts";
import { drawRows } from "#tasks/encoding/rows.ts";
import type { EmojiClass } from "./emoji.classes.ts";
import { CODES_FILE, ICONS_FILE } from "./openmoji.source.ts";

/** Concepts of a class kept for validation, and at most for the test; the others are what shots are drawn from. */
const VALIDATION = 3;
const TEST_MOST = 30;
/** Shots come first: the largest task needs this many, where a class has them. */
const SHOTS_MOST = 16;

const textOf = async (source: ResolvedSource, name: string): Promise<string> =>
  new TextDecoder().decode(await readBytes(fileOf(source, name)));

/** Rows of the concepts of a class, the first variant of each that has a drawing, in the table's order. */
function conceptsOf(
  rows: readonly EmojiRow[],
  each: EmojiClass,
  drawn: (row: EmojiRow) => boolean,
): EmojiRow[] {
  const seen = new Set<string>();
  return rows.filter((row) => {
    if (!each.subgroups.includes(row.subgroup) || seen.has(row.concept) || !drawn(row)) return false;
    seen.add(row.concept);
    return true;
  });
}

/**
 * The pools at `side` pixels. Which concept is in which pool follows from the class's name alone, so the test set is the
 * same for every seed and every number of shots.
 */
export async function openmojiPictures(
  source: ResolvedSource,
  classes: readonly EmojiClass[],
  side: number,
): Promise<PicturePools> {
  const file = fileOf(source, ICONS_FILE);
  const set = parseIconSet(await textOf(source, ICONS_FILE), file.path);
  const byCode = parseCodes(await textOf(source, CODES_FILE), fileOf(source, CODES_FILE).path);
  const rows = await readConcepts(new URL("./emoji.concepts.tsv", import.meta.url));
  const svg = (row: EmojiRow): string | null => {
    const icon = iconOf(byCode, row.code);
    return icon === undefined ? null : svgOf(set, icon);
  };
  const chosen = classes.flatMap((each, label) =>
    conceptsOf(rows, each, (row) => svg(row) !== null).map((row) => ({ row, label })),
  );
  const rendered = await renderSvgs(chosen.map(({ row }) => ({ svg: svg(row) ?? "", width: side })));
  const size = side * side * 3;
  const all: Pictures = {
    side,
    names: chosen.map(({ row }) => row.code),
    labels: Int32Array.from(chosen, ({ label }) => label),
    pixels: new Uint8Array(chosen.length * size),
  };
  const usable = chosen.map((_, at) => {
    const picture = rendered[at];
    if (!picture || picture.height !== side) return false;
    all.pixels.set(onBackground(picture.rgba, [255, 255, 255]), at * size);
    return true;
  });
  const parts = classes.map(({ name }, label) => {
    const own = chosen.flatMap((item, at) => (item.label === label && usable[at] === true ? [at] : []));
    const order = [...drawRows(own.length, "clip-openmoji", name)].flatMap((at) => own.slice(at, at + 1));
    const test = Math.max(2, Math.min(TEST_MOST, own.length - VALIDATION - SHOTS_MOST));
    return {
      test: order.slice(0, test),
      validation: order.slice(test, test + VALIDATION),
      train: order.slice(test + VALIDATION),
    };
  });
  const pool = (which: "train" | "validation" | "test") =>
    pickPictures(
      all,
      parts.flatMap((part) => part[which]),
    );
  return distinctPools({ train: pool("train"), validation: pool("validation"), test: pool("test") });
}

function parseCodes(text: string, file: string): Readonly<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, string>;
  } catch {
    // Refused below, like every other form.
  }
  throw new RankbenchError({
    reason: "data",
    thing: `file ${file}`,
    problem: "it is no table of code points",
    wanted: "chars.json of an Iconify package: an object of icon names by code point",
    next: "install the packages again",
  });
}
