import { describe, expect, it } from "vitest";
import { learnVocabulary, RARE, splitWords } from "./word-vocabulary.ts";

describe("words of a text", () => {
  it("are runs of letters and digits in lower case, and every other sign by itself", () => {
    expect(splitWords("It's $10.5, No?!")).toEqual([
      "it",
      "'",
      "s",
      "$",
      "10",
      ".",
      "5",
      ",",
      "no",
      "?",
      "!",
    ]);
    expect(splitWords("  \t\n ")).toEqual([]);
  });

  it("are one for one letter in two spellings, and go on through accents, marks and other scripts", () => {
    expect(splitWords("Cafe\u0301 café")).toEqual(["café", "café"]);
    expect(splitWords("Цена 5€")).toEqual(["цена", "5", "€"]);
    // A sign outside the basic plane is one sign.
    expect(splitWords("a\u{1f600}b")).toEqual(["a", "\u{1f600}", "b"]);
  });
});

describe("a vocabulary", () => {
  const texts = [["b", "a", "c"], ["a", "b", "d"], ["a"]];

  it("numbers words from 1 by frequency, then by letters, and gives 0 to all others", () => {
    const { words, size, encode } = learnVocabulary(texts, { minCount: 1, most: 10 });
    expect([words, size]).toEqual([["a", "b", "c", "d"], 5]);
    expect(encode(["d", "a", "x", "b"])).toEqual([4, 1, RARE, 2]);
  });

  it("holds no word that training has too seldom, and no more words than it may", () => {
    expect(learnVocabulary(texts, { minCount: 2, most: 10 }).words).toEqual(["a", "b"]);
    expect(learnVocabulary(texts, { minCount: 1, most: 1 }).words).toEqual(["a"]);
    expect(learnVocabulary([], { minCount: 1, most: 9 })).toMatchObject({ words: [], size: 1 });
  });

  it("takes words that objects have as properties for words", () => {
    const { encode } = learnVocabulary([["constructor", "__proto__"]], { minCount: 1, most: 9 });
    expect(encode(["__proto__", "constructor", "toString"])).toEqual([1, 2, RARE]);
  });
});
