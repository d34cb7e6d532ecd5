// Byte-level byte-pair encoding as GPT-2 has it (Radford et al. 2019): words by a pattern, their UTF-8 bytes, then merges in
// the order of their rank. Every text can be encoded and nothing is lost. How merges are learnt: bpe-train.ts.
// Oracle: Hugging Face `tokenizers`, ByteLevel + BPE (scripts/golden/byte-bpe.py).
import { RankbenchError } from "#harness/failure/error.ts";

/** Two tokens that become one, by their ids. The merge at position i makes token 256 + i. */
export type Merge = readonly [left: number, right: number];

/**
 * GPT-2's words: contractions, runs of letters, digits or other signs with at most one space before, runs of white space.
 * White space is Unicode's property: JavaScript's `\s` has U+FEFF and lacks U+0085.
 */
const WORD =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** The words of a text in order; joined they are the text. */
export const bpeWords = (text: string): readonly string[] => text.match(WORD) ?? [];

const BYTES = 256;
/** Pairs as one number: ids stay below this. */
const SPAN = 2 ** 20;
export const pairKey = (left: number, right: number): number => left * SPAN + right;

/** Bytes that GPT-2's files show as themselves: printable Latin-1. The others are shown as U+0100 and up, in order. */
const isShown = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad && byte <= 0xff);

const ALL_BYTES = Array.from({ length: BYTES }, (_, byte) => byte);
/** Byte of each of the first 256 ids: shown bytes first. */
const BYTE_OF_ID: readonly number[] = [
  ...ALL_BYTES.filter(isShown),
  ...ALL_BYTES.filter((byte) => !isShown(byte)),
];
const ID_OF_BYTE = new Uint8Array(BYTES);
for (const [id, byte] of BYTE_OF_ID.entries()) ID_OF_BYTE[byte] = id;
const FIRST_HIDDEN = BYTE_OF_ID.findIndex((byte) => !isShown(byte));

const utf8 = new TextEncoder();

/** Ids of a word's bytes before any merge. */
export const byteIds = (word: string): number[] =>
  Array.from(utf8.encode(word), (byte) => ID_OF_BYTE[byte] ?? 0);

/** How GPT-2's files write each of the first 256 tokens, in the order of their ids. */
export const BYTE_SIGNS: readonly string[] = BYTE_OF_ID.map((byte, id) =>
  String.fromCodePoint(isShown(byte) ? byte : BYTES + id - FIRST_HIDDEN),
);

/** Merges from the lines of a `vocab.bpe` or `merges.txt` file. Throws a `data` error for a line that joins unknown tokens. */
export function parseMerges(text: string, file: string): Merge[] {
  const ids = new Map(BYTE_SIGNS.map((sign, id) => [sign, id]));
  const merges: Merge[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "" || (index === 0 && line.startsWith("#version"))) continue;
    const [first = "", second = "", ...rest] = line.split(" ");
    const [left, right] = [ids.get(first), ids.get(second)];
    if (left === undefined || right === undefined || rest.length > 0) {
      throw new RankbenchError({
        reason: "data",
        thing: `file ${file}`,
        problem: "a merge joins two tokens that no line before it made",
        field: `line ${index + 1}`,
        value: line,
        wanted: "two known tokens with a space between them",
        next: "get a right copy of the file",
      });
    }
    ids.set(first + second, BYTES + merges.length);
    merges.push([left, right]);
  }
  return merges;
}

/**
 * Joins, again and again, the leftmost pair of the lowest rank; a pair of rank r becomes the token `first` + r. Changes
 * `ids`.
 */
export function mergePairs(ids: number[], ranks: ReadonlyMap<number, number>, first: number): number[] {
  for (;;) {
    let best = -1;
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 1 < ids.length; i++) {
      const rank = ranks.get(pairKey(ids[i] as number, ids[i + 1] as number));
      if (rank !== undefined && rank < lowest) [best, lowest] = [i, rank];
    }
    if (best < 0) return ids;
    ids.splice(best, 2, first + lowest);
  }
}

export class ByteBpe {
  /** Number of tokens: 256 bytes and the merges. */
  readonly size: number;
  readonly #ranks: ReadonlyMap<number, number>;
  readonly #bytes: readonly Uint8Array[];
  readonly #words = new Map<string, readonly number[]>();

  constructor(merges: readonly Merge[]) {
    this.size = BYTES + merges.length;
    this.#ranks = new Map(merges.map(([left, right], rank) => [pairKey(left, right), rank]));
    const bytes = BYTE_OF_ID.map((byte) => Uint8Array.of(byte));
    for (const [rank, [left, right]] of merges.entries()) {
      const [first, second] = [bytes[left], bytes[right]];
      if (first === undefined || second === undefined)
        throw new Error(
          `byte pairs: merge ${rank} joins ${left} and ${right}, of which one is not yet there`,
        );
      bytes.push(Uint8Array.of(...first, ...second));
    }
    this.#bytes = bytes;
  }

  encode(text: string): number[] {
    const out: number[] = [];
    for (const word of bpeWords(text)) {
      let ids = this.#words.get(word);
      if (ids === undefined) {
        ids = mergePairs(byteIds(word), this.#ranks, BYTES);
        this.#words.set(word, ids);
      }
      for (const id of ids) out.push(id);
    }
    return out;
  }

  /** Bytes of a token. */
  bytesOf(id: number): Uint8Array {
    const found = this.#bytes[id];
    if (found === undefined) throw new Error(`byte pairs: token ${id} of ${this.size}`);
    return found;
  }

  /** The text of the tokens; bytes that are no UTF-8 (a character begun and not ended) become U+FFFD. */
  decode(ids: Iterable<number>): string {
    const parts = Array.from(ids, (id) => this.bytesOf(id));
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(parts));
  }
}
