// Marks, token types and cuts of joint inputs, and RoBERTa's ids, as Hugging Face's tokenizers give them.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { joinTexts, longestFirst } from "./joint.ts";
import { RobertaTokenizer } from "./roberta-bpe.ts";
import { WordPieceTokenizer } from "./wordpiece.ts";

type Row = [texts: string[], limit: number, ids: number[], types: number[]];

/** Made by Hugging Face tokenizers: scripts/golden/joint.py. */
const golden = JSON.parse(readFileSync(new URL("./joint.golden.json", import.meta.url), "utf8")) as {
  bert: Row[];
  roberta: { vocabulary: Record<string, number>; merges: string[]; rows: Row[] };
};
const named = ([texts, limit]: Row) => JSON.stringify({ texts, limit });

test("gives BERT's ids and token types for texts and pairs, cut to every limit", () => {
  const bert = new WordPieceTokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", ..."abcdefgh"]);
  expect(bert.marks).toEqual({ begin: 2, between: [3], end: 3 });
  for (const row of golden.bert) {
    const [texts, limit, ids, types] = row;
    const joint = joinTexts(
      texts.map((text) => bert.encode(text)),
      bert.marks,
      limit,
    );
    expect(joint.ids, named(row)).toEqual(ids);
    expect(
      joint.ids.map((_, at) => (at < joint.second ? 0 : 1)),
      named(row),
    ).toEqual(types);
  }
});

test("of two texts that are too long the longer one is cut first, then both to one length", () => {
  expect(longestFirst(3, 9, 8)).toEqual([3, 5]);
  expect(longestFirst(9, 3, 8)).toEqual([5, 3]);
  expect(longestFirst(9, 8, 7)).toEqual([4, 3]);
  expect(longestFirst(8, 8, 7)).toEqual([3, 4]);
  expect(longestFirst(2, 2, 4)).toEqual([2, 2]);
});

test("a limit without room for the marks is a defect of the caller", () => {
  expect(() => joinTexts([[1], [2]], { begin: 0, between: [2, 2], end: 2 }, 3)).toThrow(
    "2 texts in 3 tokens",
  );
});

const roberta = (vocabulary: unknown = golden.roberta.vocabulary, merges = golden.roberta.merges) =>
  new RobertaTokenizer(
    { text: typeof vocabulary === "string" ? vocabulary : JSON.stringify(vocabulary), file: "vocab.json" },
    { text: merges.join("\n"), file: "merges.txt" },
  );

test("gives RoBERTa's ids for texts and pairs with its doubled mark between them", () => {
  const tokenizer = roberta();
  expect(tokenizer.size).toBe(Object.keys(golden.roberta.vocabulary).length);
  expect(tokenizer.marks).toEqual({ begin: 0, between: [2, 2], end: 2 });
  for (const row of golden.roberta.rows) {
    const [texts, limit, ids] = row;
    const tokens = texts.map((text) => tokenizer.encode(text));
    expect(joinTexts(tokens, tokenizer.marks, limit).ids, named(row)).toEqual(ids);
  }
});

test.each([
  ["is no JSON", "<html>", "not JSON"],
  ["is a list", [], "not an object"],
  ["has an id that is none", { a: -1 }, "a: -1"],
  ["lacks a mark", { ...golden.roberta.vocabulary, "</s>": undefined }, "</s>"],
  ["lacks a token of the merges", { ...golden.roberta.vocabulary, Ġt: undefined }, "Ġt"],
])("a vocabulary that %s is refused by its file", (_what, vocabulary, problem) => {
  expect(() => roberta(vocabulary)).toThrow(RankbenchError);
  expect(() => roberta(vocabulary)).toThrow(problem);
  expect(() => roberta(vocabulary)).toThrow("vocab.json");
});
