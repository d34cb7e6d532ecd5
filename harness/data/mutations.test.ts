// Every reader of a file format on 200 damaged files: it reads them or ends in a named error, and never in anything else.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { stream } from "#harness/random/stream.ts";
import { parseFlights } from "#tasks/ctr/flights.rows.ts";
import { libfmRows } from "#tasks/encoding/libfm.ts";
import { readableText } from "#tasks/encoding/mail.ts";
import { classOf, jsonlRows } from "#tasks/encoding/read-rows.ts";
import { parseSynset } from "#tasks/text/glosses.synsets.ts";
import { parseCifar10, readCifar10Archive } from "./cifar.ts";
import { openBytes } from "./content.ts";
import { readCsv } from "./csv.ts";
import { parseIdx } from "./idx.ts";
import { openSafetensors, parseSafetensors, writeSafetensors } from "./safetensors.ts";
import type { ResolvedFile } from "./source.ts";
import { TAR_END, tarEntries, tarFile } from "./tar.ts";
import { mutated } from "./testing/mutate.ts";
import { scratchFolder } from "./testing/scratch.ts";
import { readLines, readText } from "./text.ts";
import { BYTE_SIGNS, ByteBpe, parseMerges } from "./tokenizers/byte-bpe.ts";
import { ClipTokenizer } from "./tokenizers/clip-bpe.ts";
import { parseUnigramVocabulary, UnigramTokenizer } from "./tokenizers/sentencepiece-unigram.ts";
import { WordPieceTokenizer } from "./tokenizers/wordpiece.ts";
import { readTsv } from "./tsv.ts";
import { unzipEntries } from "./zip.ts";

const FILES = 200;
const { folder } = scratchFolder();

interface Reader {
  readonly format: string;
  readonly whole: Uint8Array;
  /** Reads everything; what it gives must hold together, which it checks by itself. `stored` puts the bytes on disk. */
  read(bytes: Uint8Array, stored: () => string): unknown;
  /** Of the damaged files, how many must be refused at least: formats without checks of their own take most for good. */
  readonly refused: number;
}

const all = async <T>(rows: AsyncIterable<T>): Promise<T[]> => {
  const out: T[] = [];
  for await (const row of rows) out.push(row);
  return out;
};

const text = (...lines: readonly string[]) => Buffer.from(`${lines.join("\n")}\n`);
const numbered = (line: (i: number) => string) => Array.from({ length: 20 }, (_, i) => line(i));
const resolved = (path: string): ResolvedFile => ({
  name: "damaged",
  variant: "official",
  packing: "none",
  part: false,
  path,
  sha256: "",
  bytes: 0,
});

const archive = (): Uint8Array =>
  new Uint8Array(
    Buffer.concat([
      ...[1, 2, 3, 4, 5].map((n) => tarFile(`cifar-10-batches-bin/data_batch_${n}.bin`, record(n))),
      TAR_END,
    ]),
  );
const record = (label: number) => Uint8Array.from({ length: 3073 }, (_, i) => (i === 0 ? label : i % 256));
const hex = (...parts: readonly number[]) => Uint8Array.from(parts);

const READERS: readonly Reader[] = [
  {
    format: "tsv",
    whole: text("sentence\tlabel", ...numbered((i) => `a sentence ${i}\t${i % 2}`)),
    read: (bytes) => all(readTsv({ name: "damaged", bytes }, { columns: ["sentence", "label"] })),
    refused: 50,
  },
  {
    format: "csv",
    whole: text("id,said", ...numbered((i) => `${i},"he said ""${i}"", twice"`)),
    read: (bytes) => all(readCsv({ name: "damaged", bytes }, { columns: ["id", "said"] })),
    refused: 50,
  },
  {
    format: "jsonl",
    whole: text(...numbered((i) => JSON.stringify({ label: i % 2, text: `text ${i}` }))),
    read: (_, stored) => jsonlRows(resolved(stored()), classOf(["0", "1"]), (found) => found),
    refused: 100,
  },
  {
    format: "libfm",
    whole: text(...numbered((i) => `${i % 2 === 0 ? 1 : -1} ${i}:1 ${100 + i}:1`)),
    read: (_, stored) => all(libfmRows(resolved(stored()), 2).read()),
    refused: 100,
  },
  {
    format: "zip",
    whole: zipSync({ "set/a.txt": text("one", "two"), "set/b.bin": record(1) }),
    read: (bytes) => unzipEntries(bytes, "damaged"),
    refused: 50,
  },
  {
    format: "tar",
    whole: archive(),
    read: async (bytes) =>
      all(
        tarEntries(
          (async function* () {
            yield bytes;
          })(),
          "damaged",
          () => true,
        ),
      ),
    refused: 50,
  },
  {
    format: "tar.gz",
    whole: gzipSync(archive()),
    read: async (_, stored) => {
      for (const label of (await readCifar10Archive(stored(), "train")).labels)
        expect(label).toBeLessThan(10);
    },
    refused: 150,
  },
  {
    format: "gzip",
    whole: gzipSync(text(...numbered((i) => `line ${i}`))),
    read: (_, stored) => all(openBytes({ path: stored(), packing: "gzip" })),
    refused: 150,
  },
  {
    format: "safetensors in memory",
    whole: safetensors(),
    read: (bytes) => {
      for (const { shape, data } of parseSafetensors(bytes, "damaged").tensors.values())
        expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
    },
    refused: 100,
  },
  {
    format: "safetensors on disk",
    whole: safetensors(),
    read: async (_, stored) => {
      const file = await openSafetensors(stored());
      for (const name of file.header.entries.keys()) await file.read(name);
    },
    refused: 100,
  },
  {
    format: "SentencePiece vocabulary",
    whole: Buffer.from(
      JSON.stringify([
        ...["<unk>", "<s>", "</s>", "<1>", "<2>", "<3>"].map((piece) => [piece, 0]),
        ...["\u2581", "\u2581a", "b", "ab", "c", "ca"].map((piece, i) => [piece, -1 - i]),
      ]),
    ),
    read: async (bytes) => {
      const vocabulary = parseUnigramVocabulary(await readText({ name: "damaged", bytes }), "damaged");
      for (const id of new UnigramTokenizer(vocabulary).encode("a cab d"))
        expect(id).toBeLessThan(vocabulary.length);
    },
    refused: 100,
  },
  {
    format: "WordPiece vocabulary",
    whole: text("[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "##b", "##a", "cab", "\u00e9"),
    read: async (bytes) => {
      const pieces = await all(readLines({ name: "damaged", bytes }));
      const vocabulary = new WordPieceTokenizer(pieces.map((line) => line.text));
      for (const id of vocabulary.encode("abba cab d")) expect(id).toBeLessThan(pieces.length);
    },
    refused: 50,
  },
  {
    format: "byte-level merges",
    whole: text("#version: 0.2", "a b", "ab c", "\u0120 a", "\u0120a b", "c c", "cc c", "d e", "de f"),
    read: async (bytes) => {
      const merges = parseMerges(await readText({ name: "damaged", bytes }), "damaged");
      const bpe = new ByteBpe(merges);
      for (const id of bpe.encode("abc cab def")) expect(bpe.bytesOf(id).length).toBeGreaterThan(0);
    },
    refused: 50,
  },
  {
    format: "CLIP merges",
    whole: text("a title", ...BYTE_SIGNS.slice(64, 84).map((sign) => `${sign} ${sign}</w>`)),
    read: async (bytes) =>
      new ClipTokenizer(await readText({ name: "damaged", bytes }), "damaged", 20).tokens("aa bb"),
    refused: 50,
  },
  {
    format: "IDX",
    whole: hex(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2, ...Array.from({ length: 12 }, (_, i) => i)),
    read: (bytes) => {
      const { shape, data } = parseIdx(bytes, "damaged", 3);
      expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
    },
    refused: 100,
  },
  {
    format: "CIFAR records",
    whole: new Uint8Array(Buffer.concat([record(3), record(9)])),
    read: (bytes) => {
      const { labels, pixels } = parseCifar10(bytes, "damaged");
      expect(pixels.length).toBe(labels.length * 3072);
      for (const label of labels) expect(label).toBeLessThan(10);
    },
    refused: 100,
  },
  {
    format: "WordNet data",
    whole: text(
      "  1 A licence.  ",
      ...numbered(
        (i) => `000017${i + 10} 03 n 02 thing 0 a_thing ${i % 10} 001 ~ 00001930 n 0000 | what is; "it is"  `,
      ),
    ),
    read: async (bytes) => {
      for await (const { number, text: line } of readLines({ name: "damaged", bytes }))
        expect(parseSynset(line, number, "damaged")?.target ?? 0).toBeLessThan(41);
    },
    refused: 50,
  },
  {
    format: "JSON of flights",
    whole: Buffer.from(
      JSON.stringify(
        numbered((i) => `2001/01/01 00:${10 + i}`).map((date, i) => ({
          date,
          delay: i,
          distance: 100 * i,
          origin: "AAX",
          destination: "BBX",
        })),
      ),
    ),
    read: async (bytes) => parseFlights(await readText({ name: "damaged", bytes }), "damaged"),
    refused: 100,
  },
  {
    format: "mail",
    whole: text(
      "From: a@b.c",
      'Content-Type: multipart/mixed; boundary="x"',
      "",
      "--x",
      "Content-Type: text/html",
      "Content-Transfer-Encoding: quoted-printable",
      "",
      "<p>caf=C3=A9 &amp; tea=",
      "</p>",
      "--x--",
    ),
    // Mailboxes are full of broken mails: none is an error.
    read: (bytes) => expect(typeof readableText(bytes)).toBe("string"),
    refused: 0,
  },
];

function safetensors(): Uint8Array {
  return writeSafetensors([
    ["a", { dtype: "F32", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
    ["b", { dtype: "F16", shape: [4], data: Float32Array.of(1, 2, 3, 4) }],
  ]);
}

describe.each(READERS)("$format", ({ format, whole, read, refused }) => {
  test(`whole is read, and ${FILES} damaged files are read or refused by name`, async () => {
    const path = join(folder(), "damaged");
    const tryOut = async (bytes: Uint8Array) =>
      read(bytes, () => {
        writeFileSync(path, bytes);
        return path;
      });
    await tryOut(new Uint8Array(whole));
    const random = stream(7, "mutations", format);
    let named = 0;
    for (let n = 0; n < FILES; n++) {
      try {
        await tryOut(mutated(new Uint8Array(whole), random));
      } catch (error) {
        if (!(error instanceof RankbenchError)) throw new Error(`file ${n}`, { cause: error });
        expect(error.parts.reason).toBe("data");
        expect(error.parts.thing).toMatch(/damaged|vocabulary/);
        named++;
      }
    }
    expect(named).toBeGreaterThanOrEqual(refused);
  });
});
