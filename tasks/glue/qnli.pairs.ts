// QNLI's pairs: the official archive's training and development files, or a mirror's copy of the development file alone. Scale
// small is cut from the development file in either case, so that the same pairs are trained on wherever they come from.
import { readBytes } from "#harness/data/content.ts";
import type { ResolvedFile, ResolvedSource } from "#harness/data/source.ts";
import type { TextInput } from "#harness/data/text.ts";
import { unzipEntries } from "#harness/data/zip.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import type { ScalePreset } from "#harness/task/contract.ts";
import { requireWhole } from "#tasks/encoding/archive-rows.ts";
import { classOf, fileOf, tsvRows } from "#tasks/encoding/read-rows.ts";
import { cutAll, cutValidation, type TextSplits } from "#tasks/encoding/rows.ts";
import { QNLI_FILE } from "./qnli.source.ts";

export const QNLI_COLUMNS = { label: "label", texts: ["question", "sentence"] } as const;
export const qnliTarget = classOf(["not_entailment", "entailment"]);

/** Test pairs where all splits come from the development file. */
const TEST_ROWS = 1_000;

/** Files of the archive by name. Throws a `data` error where one is missing. */
async function unpacked(file: ResolvedFile, ...names: readonly string[]): Promise<TextInput[]> {
  const entries = unzipEntries(await readBytes(file), file.path, (name) => names.includes(name));
  return names.map((name) => {
    const bytes = entries.get(name);
    if (bytes !== undefined) return { name: `${file.path}: ${name}`, bytes };
    throw new RankbenchError({
      reason: "data",
      thing: `archive ${file.path}`,
      problem: "an entry is missing",
      field: "entry",
      value: [...entries.keys()].join(", "),
      wanted: name,
      next: "delete the file and run the command again",
    });
  });
}

const pairs = (input: TextInput) => tsvRows(input, QNLI_COLUMNS, qnliTarget);

/** The splits of a preset: of the whole data for one that wants every training row. Throws `data` and `storage` errors. */
export async function qnliPairs(source: ResolvedSource, preset: ScalePreset): Promise<TextSplits> {
  const file = fileOf(source, QNLI_FILE);
  if (preset.trainRows === null) {
    requireWhole(file, "full");
    const [train = [], test = []] = await Promise.all(
      (await unpacked(file, "QNLI/train.tsv", "QNLI/dev.tsv")).map(pairs),
    );
    return cutValidation({ train, test }, preset, "glue-qnli");
  }
  const [dev = file] = file.part ? [file] : await unpacked(file, "QNLI/dev.tsv");
  return cutAll(await pairs(dev), TEST_ROWS, preset, "glue-qnli");
}
