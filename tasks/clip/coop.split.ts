// The splits of CoOp (Zhou et al. 2022): which picture is in which part, with its class id and name. Formats of pictures are
// others' matter.
import { readBytes } from "#harness/data/content.ts";
import type { ResolvedFile } from "#harness/data/source.ts";
import { RankbenchError } from "#harness/failure/error.ts";

export interface CoopPart {
  /** Paths inside the data set's folder of pictures. */
  readonly names: readonly string[];
  readonly labels: Int32Array;
}

export interface CoopSplit {
  readonly classes: readonly string[];
  readonly train: CoopPart;
  readonly val: CoopPart;
  readonly test: CoopPart;
}

const PARTS = ["train", "val", "test"] as const;

/** Reads `split_zhou_*.json`. Throws a `data` error for another form, or for a class id that has two names. */
export async function readCoopSplit(file: ResolvedFile): Promise<CoopSplit> {
  const refuse = (field: string, value: unknown) =>
    new RankbenchError({
      reason: "data",
      thing: `file ${file.path}`,
      problem: "it is no split of CoOp",
      field,
      value,
      wanted: '{"train": [[path, class id, class name], ...], "val": ..., "test": ...}',
      next: "get an undamaged copy of the file",
    });
  const text = new TextDecoder().decode(await readBytes(file));
  let value: Partial<Record<(typeof PARTS)[number], unknown>>;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    throw refuse("text", text.slice(0, 40));
  }
  const classes: string[] = [];
  const part = (name: (typeof PARTS)[number]): CoopPart => {
    const rows: unknown = value?.[name];
    if (!Array.isArray(rows)) throw refuse(name, rows);
    const names: string[] = [];
    const labels = new Int32Array(rows.length);
    for (const [at, row] of (rows as unknown[]).entries()) {
      const [path, label, spoken] = Array.isArray(row) ? (row as unknown[]) : [];
      if (typeof path !== "string" || typeof label !== "number" || !Number.isInteger(label) || label < 0)
        throw refuse(`${name}, row ${at}`, row);
      if (typeof spoken !== "string" || (classes[label] ?? spoken) !== spoken)
        throw refuse(`${name}, row ${at}: class name`, spoken);
      classes[label] = spoken;
      names.push(path);
      labels[at] = label;
    }
    return { names, labels };
  };
  const [train, val, test] = [part("train"), part("val"), part("test")];
  for (let label = 0; label < classes.length; label++)
    if (classes[label] === undefined) throw refuse("class without a picture", label);
  return { classes, train, val, test };
}
