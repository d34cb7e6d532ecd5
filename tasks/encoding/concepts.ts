// The table of emoji: code point, name, concept, subgroup, and what pre-training did with it. Knows no class and no picture.
import { readShipped } from "#harness/data/shipped.ts";

/** `train`: seen in pre-training; `held-out`: left out of it to judge it; `novel`: of a class that is left out as a whole. */
export type ConceptUse = "train" | "held-out" | "novel";

export interface EmojiRow {
  /** Code points as the icon packages write them: `1f44b`, `1f9d1-200d-2695-fe0f`. */
  readonly code: string;
  readonly name: string;
  /** What man, woman and person variants share; one of them stands for all in a task. */
  readonly concept: string;
  readonly subgroup: string;
  readonly use: ConceptUse;
}

const USES: readonly string[] = ["train", "held-out", "novel"] satisfies ConceptUse[];
const isUse = (text: string | undefined): text is ConceptUse => text !== undefined && USES.includes(text);

/** Rows of the table at `url`, in Unicode's order. The file is part of the project: another form is a defect. */
export async function readConcepts(url: URL): Promise<readonly EmojiRow[]> {
  const { bytes, path } = await readShipped(url);
  const [, ...lines] = new TextDecoder().decode(bytes).trimEnd().split("\n");
  return lines.map((line, index) => {
    const [code, name, concept, subgroup, use] = line.split("\t");
    if (!code || !name || !concept || !subgroup || !isUse(use))
      throw new Error(`${path}, line ${index + 2}: "${line}"`);
    return { code, name, concept, subgroup, use };
  });
}
