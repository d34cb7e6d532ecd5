// The texts of WikiText-2's splits: three of the official archive, or, where a copy has the validation text alone, that
// text's first 90 % for training and the rest for validation.
import { readBytes } from "#harness/data/content.ts";
import type { ResolvedSource } from "#harness/data/source.ts";
import { readText } from "#harness/data/text.ts";
import { unzipEntries } from "#harness/data/zip.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import type { LmTexts } from "#tasks/encoding/lm-task.ts";
import { fileOf } from "#tasks/encoding/read-rows.ts";
import { TEST_FILE, TRAINING_FILE } from "./wikitext2.source.ts";

const TRAIN = "wikitext-2/wiki.train.tokens";
const VALIDATION = "wikitext-2/wiki.valid.tokens";

export async function wikitextTexts(source: ResolvedSource): Promise<LmTexts> {
  const file = fileOf(source, TRAINING_FILE);
  const test = await readText(fileOf(source, TEST_FILE));
  if (!file.part) return { ...(await archiveTexts(file.path, await readBytes(file))), test };
  const text = await readText(file);
  // Articles and paragraphs stand on lines: the cut is at the end of one.
  const cut = text.lastIndexOf("\n", Math.floor(0.9 * text.length)) + 1;
  return { train: text.slice(0, cut), validation: text.slice(cut), test };
}

async function archiveTexts(path: string, bytes: Uint8Array): Promise<Omit<LmTexts, "test">> {
  const entries = unzipEntries(bytes, path, (name) => name === TRAIN || name === VALIDATION);
  const textOf = async (name: string): Promise<string> => {
    const entry = entries.get(name);
    if (entry !== undefined) return readText({ name: `${path}: ${name}`, bytes: entry });
    throw new RankbenchError({
      reason: "data",
      thing: `archive ${path}`,
      problem: "an entry is missing",
      field: "entry",
      value: [...entries.keys()].join(", "),
      wanted: name,
      next: "delete the file and run the command again",
    });
  };
  return { train: await textOf(TRAIN), validation: await textOf(VALIDATION) };
}
