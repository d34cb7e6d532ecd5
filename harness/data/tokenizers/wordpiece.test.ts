import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { mirrorFolders } from "../folders.ts";
import { bertWords, WordPieceTokenizer } from "./wordpiece.ts";

/** Made by Hugging Face tokenizers: scripts/golden/wordpiece.py. */
const golden = JSON.parse(readFileSync(new URL("./wordpiece.golden.json", import.meta.url), "utf8")) as {
  bert: { sha256: string; rows: [string, number[]][] };
  small: { vocabulary: string[]; rows: [string, number[]][] };
};

test("gives the ids of Hugging Face's tokenizer for 1,000 strings and a small vocabulary", () => {
  const tokenizer = new WordPieceTokenizer(golden.small.vocabulary);
  expect(golden.small.rows).toHaveLength(1000);
  for (const [text, ids] of golden.small.rows)
    expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
});

test("words lose accents, controls and case, and come apart at punctuation and ideographs", () => {
  expect(bertWords("Zo\u00eb\u00a0na\u00efve\u200bly \u597d\u597d!")).toEqual([
    "zoe",
    "naively",
    "\u597d",
    "\u597d",
    "!",
  ]);
  expect(bertWords("a\u0301 soft\u00adhyphen $9")).toEqual(["a", "softhyphen", "$", "9"]);
});

test("characters younger than the oracle's Unicode tables are letters to it", () => {
  // U+061D is punctuation since version 14; U+1734 was a mark before it, U+166D punctuation before version 12.
  expect(bertWords("a\u061db c\u1734d e\u166df")).toEqual(["a\u061db", "cd", "e", "\u166d", "f"]);
});

test("a word of more than 100 characters is one unknown, one of 100 is not", () => {
  const tokenizer = new WordPieceTokenizer(["[UNK]", "x", "##x"]);
  expect(tokenizer.encode("x".repeat(101))).toEqual([0]);
  expect(tokenizer.encode("x".repeat(100))).toEqual([1, ...Array<number>(99).fill(2)]);
});

test("the limit counts characters, not code units", () => {
  const tokenizer = new WordPieceTokenizer(["[UNK]", "\u{1d4b3}", "##\u{1d4b3}"]);
  expect(tokenizer.encode("\u{1d4b3}".repeat(60))).toHaveLength(60);
});

test("a vocabulary without [UNK] is refused", () => {
  expect(() => new WordPieceTokenizer(["a", "b"])).toThrow("[UNK]");
});

const bertFile = mirrorFolders()
  .map((folder) => join(folder, "vocab", "bert-base-uncased-vocab.txt.gz"))
  .find((path) => existsSync(path));

describe.skipIf(bertFile === undefined)(
  "with BERT's vocabulary (skipped where no mirror folder holds it)",
  () => {
    const tokenizer = () => {
      const bytes = gunzipSync(readFileSync(bertFile ?? ""));
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(golden.bert.sha256);
      return new WordPieceTokenizer(bytes.toString("utf8").trimEnd().split("\n"));
    };

    test("gives the ids of Hugging Face's tokenizer", () => {
      const bert = tokenizer();
      for (const [text, ids] of golden.bert.rows)
        expect(bert.encode(text), JSON.stringify(text)).toEqual(ids);
    });

    test("gives the ids of the field's known trouble cases", () => {
      const bert = tokenizer();
      expect(bert.encode("Zo\u00eb\u00a0na\u00efve\u200bly \u597d\u597d!")).toEqual([
        11199, 15743, 2135, 100, 100, 999,
      ]);
      expect(bert.encode("x".repeat(101))).toEqual([100]);
      expect(bert.encode("a\u0301 soft\u00adhyphen")).toEqual([1037, 3730, 10536, 8458, 2368]);
    });
  },
);
