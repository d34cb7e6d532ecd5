// CLIP's tokenizer (Radford et al. 2021): lower-cased text, words by a pattern, byte-level pairs whose last token of a word is
// marked as such. Oracle: Hugging Face `CLIPTokenizerFast` (scripts/golden/clip-bpe.py).
import { RankbenchError } from "#harness/failure/error.ts";
import { BYTE_SIGNS, byteIds, mergePairs, pairKey } from "./byte-bpe.ts";

/** Merges that the model was trained with: the file holds many more. */
const MERGES = 48_894;
const BYTES = BYTE_SIGNS.length;
const WORD_END = "</w>";

/** Tokens of a text at most, begin and end included; the rest is cut. */
export const CLIP_CONTEXT = 77;

/** Words: contractions, runs of letters, single digits, runs of other signs. White space parts them and is dropped. */
const WORD = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\p{White_Space}\p{L}\p{N}]+/gu;

/** Composed, in lower case sign by sign (a final sigma stays a sigma), as the library's normaliser does it. */
const normal = (text: string): string =>
  Array.from(text.normalize("NFC"), (sign) => sign.toLowerCase()).join("");

export class ClipTokenizer {
  /** Ids of the tokens before and after every text. */
  readonly begin: number;
  readonly end: number;
  readonly #ranks = new Map<number, number>();
  readonly #words = new Map<string, readonly number[]>();

  /**
   * `vocabulary`: the text of bpe_simple_vocab_16e6.txt, a title and a merge a line; `file` names it in messages. Throws a
   * `data` error. `merges`: how many of them count, CLIP's own number where it is left out.
   */
  constructor(vocabulary: string, file: string, merges = MERGES) {
    this.begin = 2 * BYTES + merges;
    this.end = this.begin + 1;
    const ids = new Map<string, number>();
    for (const sign of BYTE_SIGNS) ids.set(sign, ids.size);
    for (const sign of BYTE_SIGNS) ids.set(sign + WORD_END, ids.size);
    // The first line is a title.
    const lines = vocabulary
      .replace(/\n$/, "")
      .split("\n")
      .slice(1, merges + 1);
    for (const [at, line] of lines.entries()) {
      const [first = "", second = "", ...more] = line.split(" ");
      const [left, right] = [ids.get(first), ids.get(second)];
      if (left === undefined || right === undefined || more.length > 0)
        throw damaged(file, `line ${at + 2}`, line, "two known tokens with a space between them");
      this.#ranks.set(pairKey(left, right), at);
      ids.set(first + second, ids.size);
    }
    if (lines.length < merges) throw damaged(file, "lines", lines.length, `${merges} merges or more`);
  }

  /** Token ids with begin and end, at most `CLIP_CONTEXT` of them; a long text keeps its end token. */
  encode(text: string): number[] {
    const ids = this.tokens(text).slice(0, CLIP_CONTEXT - 2);
    return [this.begin, ...ids, this.end];
  }

  /** Token ids of a text alone, all of them. */
  tokens(text: string): number[] {
    return (normal(text).match(WORD) ?? []).flatMap((word) => {
      const known = this.#words.get(word) ?? this.#merge(word);
      this.#words.set(word, known);
      return [...known];
    });
  }

  #merge(word: string): readonly number[] {
    const ids = byteIds(word);
    // The last byte's token is the marked one: ids 256 to 511.
    ids[ids.length - 1] = (ids.at(-1) ?? 0) + BYTES;
    return mergePairs(ids, this.#ranks, 2 * BYTES);
  }
}

const damaged = (file: string, field: string, value: unknown, wanted: string): RankbenchError =>
  new RankbenchError({
    reason: "data",
    thing: `file ${file}`,
    problem: "it is not CLIP's vocabulary",
    field,
    value,
    wanted,
    next: "get a right copy of bpe_simple_vocab_16e6.txt.gz",
  });
