import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { mirrorFolders } from "../folders.ts";
import { trainBpe } from "./bpe-train.ts";
import { ByteBpe, bpeWords, type Merge, parseMerges } from "./byte-bpe.ts";

/** Made by Hugging Face tokenizers: scripts/golden/byte-bpe.py. */
const golden = JSON.parse(readFileSync(new URL("./byte-bpe.golden.json", import.meta.url), "utf8")) as {
  trained: { text: string; merges: Merge[] };
  ties: { text: string; merges: Merge[] };
  gpt2: { sha256: string };
  /** Text, ids under the merges of `trained`, ids under GPT-2's. */
  rows: [string, number[], number[]][];
};

const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
const sample = () =>
  readFileSync(new URL("../../../tasks/lm/tinyshakespeare.sample.txt", import.meta.url), "utf8");

test("learns the merges that Hugging Face's trainer learns from the same text", () => {
  expect(sha256(sample())).toBe(golden.trained.text);
  expect(golden.trained.merges).toHaveLength(700 - 256);
  expect(trainBpe(sample(), 700)).toEqual(golden.trained.merges);
});

test("learns them where pairs are equally frequent, overlap themselves or run out", () => {
  expect(trainBpe(golden.ties.text, 290)).toEqual(golden.ties.merges);
  expect(golden.ties.merges.length).toBeLessThan(290 - 256);
});

test("gives the ids of Hugging Face's tokenizer for 1,000 strings", () => {
  const tokenizer = new ByteBpe(golden.trained.merges);
  expect(tokenizer.size).toBe(700);
  expect(golden.rows).toHaveLength(1000);
  for (const [text, ids] of golden.rows) expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
});

test("loses nothing: the bytes of a text's tokens are the text", () => {
  const tokenizer = new ByteBpe(golden.trained.merges);
  for (const [text, ids] of golden.rows) {
    expect(bpeWords(text).join("")).toBe(text);
    expect(tokenizer.decode(ids)).toBe(text);
  }
});

test("a character begun and not ended decodes to U+FFFD", () => {
  const tokenizer = new ByteBpe([]);
  expect(tokenizer.decode(tokenizer.encode("é").slice(0, 1))).toBe("\uFFFD");
});

test("a merge of tokens that are not there is refused with its line", () => {
  expect(parseMerges("#version: 0.2\na b\nab c\n", "merges.txt")).toHaveLength(2);
  expect(() => parseMerges("a b\nab cd\n", "merges.txt")).toThrow(/line 2/);
  expect(() => parseMerges("a b c\n", "merges.txt")).toThrow(/merges.txt/);
});

const gpt2 = mirrorFolders()
  .map((folder) => join(folder, "vocab", "gpt2-vocab.bpe.gz"))
  .find((path) => existsSync(path));

describe.skipIf(gpt2 === undefined)("with GPT-2's merges (skipped where no mirror folder holds them)", () => {
  const unpacked = (path: string) => gunzipSync(readFileSync(path));
  const tokenizer = () => {
    const bytes = unpacked(gpt2 ?? "");
    expect(sha256(bytes)).toBe(golden.gpt2.sha256);
    return new ByteBpe(parseMerges(bytes.toString("utf8"), "vocab.bpe"));
  };

  test("gives the ids of Hugging Face's tokenizer for 1,000 strings", () => {
    const made = tokenizer();
    // GPT-2's end mark is no token of a text here, and none in the oracle, which was given no special tokens.
    for (const [text, , ids] of golden.rows) expect(made.encode(text), JSON.stringify(text)).toEqual(ids);
  });

  test("numbers tokens as GPT-2's vocabulary file does", () => {
    const path = join(gpt2 ?? "", "..", "gpt2-encoder.json.gz");
    const vocabulary = JSON.parse(unpacked(path).toString("utf8")) as Record<string, number>;
    const made = tokenizer();
    expect(made.size).toBe(50_256);
    const text = (id: number) => new TextDecoder().decode(made.bytesOf(id));
    const plain = Object.entries(vocabulary).filter(
      ([piece]) => /^[!-~]+$/.test(piece) && !piece.includes("<|"),
    );
    expect(plain.length).toBeGreaterThan(10_000);
    for (const [piece, id] of plain) if (text(id) !== piece) expect([id, text(id)]).toEqual([id, piece]);
  });
});
