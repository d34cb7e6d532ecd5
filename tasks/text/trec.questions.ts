// TREC's files as questions with fine labels: a line is `COARSE:fine question`.
import type { ResolvedSource } from "#harness/data/source.ts";
import { fileOf, type TargetReader, westernLines } from "#tasks/encoding/read-rows.ts";
import type { TextRow } from "#tasks/encoding/rows.ts";

/** The six coarse classes in alphabetic order of their labels, with names. */
export const COARSE = [
  ["ABBR", "abbreviation"],
  ["DESC", "description"],
  ["ENTY", "entity"],
  ["HUM", "human"],
  ["LOC", "location"],
  ["NUM", "number"],
] as const;

/** The fine classes of the training file; the test file has 42 of them. */
export const FINE: readonly string[] = [
  ["ABBR", "abb exp"],
  ["DESC", "def desc manner reason"],
  [
    "ENTY",
    "animal body color cremat currency dismed event food instru lang letter other plant product religion sport substance symbol techmeth termeq veh word",
  ],
  ["HUM", "desc gr ind title"],
  ["LOC", "city country mount other state"],
  ["NUM", "code count date dist money ord other perc period speed temp volsize weight"],
].flatMap(([coarse, fine]) => (fine ?? "").split(" ").map((name) => `${coarse}:${name}`));

/** The part of a label before its colon. */
export const coarseOf = (label: string): string => label.slice(0, Math.max(0, label.indexOf(":")));

/** Training (5,452) and test (500) questions in file order. */
export async function trecQuestions(
  source: ResolvedSource,
  target: TargetReader,
): Promise<{ readonly train: TextRow[]; readonly test: TextRow[] }> {
  const read = async (name: string) => {
    const file = fileOf(source, name);
    return (await westernLines(file)).map(({ line, text }): TextRow => {
      const space = text.indexOf(" ");
      const label = text.slice(0, Math.max(0, space));
      return { texts: [text.slice(space + 1).trim()], target: target(label, `file ${name}, line ${line}`) };
    });
  };
  return { train: await read("train_5500.label"), test: await read("TREC_10.label") };
}
