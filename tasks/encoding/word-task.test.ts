// What learns from words learns from training words alone: splits share no text, and the vocabulary knows none but train.
import { describe, expect, it } from "vitest";
import { resolveSource } from "#harness/data/resolve.ts";
import type { ResolvedSource } from "#harness/data/source.ts";
import type { Split, Task } from "#harness/task/contract.ts";
import { findTask } from "#harness/task/registry.ts";
import type { TextRow } from "./rows.ts";
import { type WordTaskData, wordSplits } from "./word-task.ts";
import { RARE } from "./word-vocabulary.ts";

const row = (text: string, target = 0): TextRow => ({ texts: [text], target });
const texts = (rows: readonly TextRow[]) => rows.map(({ texts: [text] }) => text);

describe("splits as words", () => {
  it("lose rows that equal a held-out one in the words that a model may read, whatever their signs of case and space", () => {
    const { train, validation, test } = wordSplits(
      {
        train: [row("One two  THREE four"), row("one two four"), row("five"), row("six seven eight nine")],
        validation: [row("six seven eight ten"), row("one two three eleven")],
        test: [row("one two three")],
      },
      3,
    );
    expect(texts(test)).toEqual(["one two three"]);
    expect(texts(validation)).toEqual(["six seven eight"]);
    expect(texts(train)).toEqual(["one two four", "five"]);
  });

  it("keep rows that differ from a held-out one in a rare word: they are other texts with answers of their own", () => {
    const { train } = wordSplits(
      {
        train: [row("what is xylem ?", 1)],
        validation: [],
        test: [row("what is a fjord ?"), row("what is phloem ?")],
      },
      9,
    );
    expect(texts(train)).toEqual(["what is xylem ?"]);
  });
});

async function load(id: string): Promise<{ task: Task; data: WordTaskData }> {
  const task = await findTask(id);
  const preset = task.scales.smoke;
  if (preset === undefined) throw new Error(`${id} has no smoke scale`);
  const sources = new Map<string, ResolvedSource>();
  for (const source of task.sources)
    sources.set(source.id, await resolveSource(source, { sampleOnly: true, download: false }));
  return { task, data: (await task.load({ preset, sources, seed: 0 })) as WordTaskData };
}

/** How often each id stands at a word of a split. */
function counts(split: Split): Map<number, number> {
  const found = new Map<number, number>();
  for (const { inputs } of split.batches(16)) {
    for (const [i, id] of (inputs.ids?.data ?? []).entries())
      if (inputs.mask?.data[i] === 1) found.set(id, (found.get(id) ?? 0) + 1);
  }
  return found;
}

describe.each(["text-agnews-gru", "text-agnews-transformer", "text-trec-gru", "text-trec-transformer"])(
  "%s",
  (id) => {
    it("has a vocabulary of words that its training split has twice or more; what only others have is rare", async () => {
      const { data } = await load(id);
      const train = counts(data.train);
      for (let word = 1; word < data.vocabulary.size; word++)
        expect(train.get(word), data.vocabulary.words[word - 1]).toBeGreaterThanOrEqual(2);
      for (const split of [data.validation, data.test]) {
        expect(Math.max(...counts(split).keys())).toBeLessThan(data.vocabulary.size);
        expect(counts(split).get(RARE)).toBeGreaterThan(0);
      }
    });

    it("makes a model with one row a word, and one for all that are rare", async () => {
      const { task, data } = await load(id);
      const preset = task.scales.smoke;
      if (preset === undefined) throw new Error("no smoke scale");
      expect(preset.fromScratch).toBe(true);
      expect(data.vocabulary.size).toBe(data.vocabulary.words.length + 1);
      expect(new Set(data.vocabulary.words).size).toBe(data.vocabulary.words.length);
    });
  },
);
