import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { mirrorFolders } from "../folders.ts";
import { CLIP_CONTEXT, ClipTokenizer } from "./clip-bpe.ts";

/** Made by Hugging Face transformers: scripts/golden/clip-bpe.py. */
const golden = JSON.parse(readFileSync(new URL("./clip-bpe.golden.json", import.meta.url), "utf8")) as {
  trained: string[];
  clip: { sha256: string };
  /** Text, ids under the merges of `trained`, ids under CLIP's; at most 77. */
  rows: [string, number[], number[]][];
};

const small = () => {
  const file = ["title", ...golden.trained, ""].join("\n");
  return new ClipTokenizer(file, "small.txt", golden.trained.length);
};

test("gives the ids of Hugging Face's CLIP tokenizer for 1,000 strings under merges of a small corpus", () => {
  const tokenizer = small();
  expect(golden.rows).toHaveLength(1000);
  for (const [text, ids] of golden.rows) expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
});

test("a long text keeps its first 75 tokens and its end token", () => {
  const tokenizer = small();
  const ids = tokenizer.encode("one two three ".repeat(60));
  expect(ids).toHaveLength(CLIP_CONTEXT);
  expect([ids[0], ids.at(-1)]).toEqual([tokenizer.begin, tokenizer.end]);
});

test("a damaged vocabulary is refused with the line, a short one with what it lacks", () => {
  expect(() => new ClipTokenizer("title\ni n\nfoo bar\n", "v.txt", 2)).toThrow(/v\.txt[\s\S]*line 3/);
  expect(() => new ClipTokenizer("title\ni n\n", "v.txt", 5)).toThrow(/v\.txt/);
  expect(() => new ClipTokenizer("title\ni n\n", "v.txt")).toThrow(/48894/);
});

const published = mirrorFolders()
  .map((folder) => join(folder, "vocab", "bpe_simple_vocab_16e6.txt.gz"))
  .find((path) => existsSync(path));

test.skipIf(published === undefined)("gives the ids of CLIP's own vocabulary for the same strings", () => {
  const bytes = gunzipSync(readFileSync(published ?? ""));
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(golden.clip.sha256);
  const tokenizer = new ClipTokenizer(bytes.toString("utf8"), "bpe_simple_vocab_16e6.txt");
  expect([tokenizer.begin, tokenizer.end]).toEqual([49406, 49407]);
  // Known from the paper's code: "a photo of a cat." is 320 1125 539 320 2368 269.
  expect(tokenizer.tokens("a photo of a cat.")).toEqual([320, 1125, 539, 320, 2368, 269]);
  for (const [text, , ids] of golden.rows) expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
});
