// IMDB's reviews with their sentiment: from the official archive, or from a mirror's lines of JSON, which hold the first reviews
// of each class. What the archive gives of these is the same rows in the same order.
import type { ResolvedFile, ResolvedSource } from "#harness/data/source.ts";
import { readText } from "#harness/data/text.ts";
import type { ScalePreset } from "#harness/task/contract.ts";
import { archiveTexts, requireWhole } from "#tasks/encoding/archive-rows.ts";
import { classOf, fileOf, jsonlRows } from "#tasks/encoding/read-rows.ts";
import type { TextRow } from "#tasks/encoding/rows.ts";
import { IMDB_FILES } from "./imdb.source.ts";

type Half = keyof typeof IMDB_FILES;

/** Reviews of each class that are the part, by their number from 0 on. */
const PART: Readonly<Record<Half, number>> = { train: 1_250, test: 500 };

const target = classOf(["0", "1"]);

/** Line breaks are the only markup of the reviews. */
const withoutBreaks = (text: string) => text.replace(/(?:<br\s*\/?>\s*)+/gi, " ");

/** `aclImdb/train/pos/127_9.txt`: number and rating of a labelled review. */
const ENTRY = /^aclImdb\/((train|test)\/(neg|pos)\/(\d+)_\d+\.txt)$/;

async function archived(file: ResolvedFile, half: Half, whole: boolean): Promise<TextRow[]> {
  const texts = await archiveTexts(file, (name) => {
    const [, id = "", in_, , number] = ENTRY.exec(name) ?? [];
    return in_ === half && (whole || Number(number) < PART[half]) ? id : null;
  });
  const rows: TextRow[] = [];
  for (const { id, bytes } of texts) {
    const text = await readText({ name: `${file.path}: ${id}`, bytes });
    rows.push({ texts: [withoutBreaks(text).trim()], target: id.includes("/pos/") ? 1 : 0 });
  }
  return rows;
}

/** Both halves; all of them for a preset that wants every training row. Throws `data` and `storage` errors. */
export async function imdbReviews(
  source: ResolvedSource,
  preset: Pick<ScalePreset, "trainRows">,
): Promise<{ readonly train: TextRow[]; readonly test: TextRow[] }> {
  const whole = preset.trainRows === null;
  const read = async (half: Half) => {
    const file = fileOf(source, IMDB_FILES[half]);
    if (whole) requireWhole(file, "full");
    return file.part ? jsonlRows(file, target, withoutBreaks) : archived(file, half, whole);
  };
  return { train: await read("train"), test: await read("test") };
}
