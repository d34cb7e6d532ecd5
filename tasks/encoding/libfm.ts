// Lines of libfm files with one feature a column: `1 204:1 4798:1`, label 1 or -1. Columns are told apart by position.
import type { ResolvedFile } from "#harness/data/source.ts";
import { readLines } from "#harness/data/text.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import type { CtrRows } from "./ctr-rows.ts";

/** Rows of `columns` cells, each the index of its feature. Throws `data` errors. */
export function libfmRows(file: ResolvedFile, columns: number): CtrRows {
  const refuse = (line: number, text: string) =>
    new RankbenchError({
      reason: "data",
      thing: `file ${file.path}`,
      problem: "a line is no labelled row of features",
      field: `line ${line}`,
      value: text,
      wanted: `1 or -1, then ${columns} features <index>:1`,
      next: "get an undamaged copy of the file: bench data verify says which copies are good",
    });
  return {
    file: file.name,
    async *read() {
      for await (const { number: line, text } of readLines(file)) {
        const [label, ...features] = text.split(" ");
        const wellFormed =
          features.length === columns && features.every((feature) => /^\d+:1$/.test(feature));
        if (!wellFormed || (label !== "1" && label !== "-1")) throw refuse(line, text);
        yield { cells: features.map((feature) => feature.slice(0, -2)), label: label === "1" ? 1 : 0, line };
      }
    },
  };
}
