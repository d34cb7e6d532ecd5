// Captions of pre-training pictures: the emoji's name, its class or its subgroup, bare or in the prompt that tasks use.
// Which of them belong together is told by a key: pictures with the key of a caption are its positives.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseSafetensors, writeSafetensors } from "#harness/data/safetensors.ts";
import { writeAtomically } from "#harness/data/storage.ts";
import type { Stream } from "#harness/random/stream.ts";
import { BASE_CLASSES } from "#tasks/clip/emoji.classes.ts";
import { emojiPrompt } from "#tasks/clip/emoji.prompt.ts";
import type { EmojiRow } from "#tasks/encoding/concepts.ts";
import { sentenceVectors } from "#tasks/models/sentence-vectors.ts";

export interface Caption {
  readonly text: string;
  /** Pictures with this key among theirs are described by the caption. */
  readonly key: string;
}

const CLASS_OF = new Map(
  BASE_CLASSES.flatMap(({ name, subgroups }) => subgroups.map((each) => [each, name])),
);

const spoken = (subgroup: string): string => subgroup.replaceAll("-", " ");

/** Keys of an emoji: captions with any of them fit it. */
export const keysOf = (row: EmojiRow): ReadonlySet<string> =>
  new Set([`name ${row.name}`, `subgroup ${row.subgroup}`, `class ${CLASS_OF.get(row.subgroup) ?? ""}`]);

/** Share of captions that name the class or subgroup and not the emoji. */
const GENERAL = 0.4;

/** A caption for an emoji. */
export function drawCaption(row: EmojiRow, random: Stream): Caption {
  const kind = random.uniform();
  const prompted = random.uniform() < 0.5;
  const write = (text: string) => (prompted ? emojiPrompt(text) : text);
  const name = CLASS_OF.get(row.subgroup);
  if (kind >= GENERAL) return { text: write(row.name), key: `name ${row.name}` };
  if (name === undefined || kind < GENERAL / 3)
    return { text: write(spoken(row.subgroup)), key: `subgroup ${row.subgroup}` };
  return { text: write(name), key: `class ${name}` };
}

/** Every text that `drawCaption` can give for the rows, sorted. */
function allTexts(rows: readonly EmojiRow[]): string[] {
  const bare = rows.flatMap((row) => [row.name, spoken(row.subgroup)]);
  const all = [...bare, ...BASE_CLASSES.map(({ name }) => name)];
  return [...new Set(all.flatMap((text) => [text, emojiPrompt(text)]))].sort();
}

/** Sentence vectors of all captions, by text; kept in `work`, for they take minutes. */
export async function captionVectors(
  work: string,
  rows: readonly EmojiRow[],
): Promise<ReadonlyMap<string, Float32Array>> {
  const texts = allTexts(rows);
  const file = join(work, "caption-vectors.safetensors");
  const known = await readFile(file).catch(() => null);
  const stored = known === null ? null : parseSafetensors(new Uint8Array(known), file);
  let vectors: Float32Array;
  if (stored?.metadata.texts === JSON.stringify(texts))
    vectors = stored.tensors.get("vectors")?.data as Float32Array;
  else {
    vectors = await sentenceVectors(texts);
    const tensor = {
      dtype: "F32",
      shape: [texts.length, vectors.length / texts.length],
      data: vectors,
    } as const;
    await writeAtomically(file, [writeSafetensors([["vectors", tensor]], { texts: JSON.stringify(texts) })]);
  }
  const width = vectors.length / texts.length;
  return new Map(texts.map((text, at) => [text, vectors.subarray(at * width, (at + 1) * width)]));
}
