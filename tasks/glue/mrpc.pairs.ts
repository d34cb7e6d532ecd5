// The pairs of MRPC as GLUE divides them: its development pairs are training pairs of the corpus, named by their two ids.
import type { ResolvedSource } from "#harness/data/source.ts";
import { readTsv } from "#harness/data/tsv.ts";
import { classOf, fileOf, tsvRows } from "#tasks/encoding/read-rows.ts";
import type { TextSplits } from "#tasks/encoding/rows.ts";

export const MRPC_COLUMNS = { label: "Quality", texts: ["#1 String", "#2 String"] } as const;
const IDS = ["#1 ID", "#2 ID"] as const;
export const mrpcTarget = classOf(["0", "1"]);

/** All pairs in file order: 3,668 train, 408 validation, 1,725 test. Quotation marks are characters like others. */
export async function mrpcPairs(source: ResolvedSource): Promise<TextSplits> {
  const dev = new Set<string>();
  for await (const { cells } of readTsv(fileOf(source, "dev_ids.tsv"), { columns: IDS, names: IDS }))
    dev.add(IDS.map((id) => cells[id]).join(" "));
  const isDev = (cells: Readonly<Record<string, string>>) => dev.has(IDS.map((id) => cells[id]).join(" "));
  const train = fileOf(source, "msr_paraphrase_train.txt");
  return {
    train: await tsvRows(train, MRPC_COLUMNS, mrpcTarget, { also: IDS, keep: (cells) => !isDev(cells) }),
    validation: await tsvRows(train, MRPC_COLUMNS, mrpcTarget, { also: IDS, keep: isDev }),
    test: await tsvRows(fileOf(source, "msr_paraphrase_test.txt"), MRPC_COLUMNS, mrpcTarget),
  };
}
