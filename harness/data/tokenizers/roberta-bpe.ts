// RoBERTa's tokenizer: GPT-2's byte pairs under the ids of a vocabulary of its own, in which marks come first and tokens
// stand by how often they occur. Adds no mark and recognises none in text: joint.ts adds them.
import { messageOf, RankbenchError } from "#harness/failure/error.ts";
import { BYTE_SIGNS, ByteBpe, parseMerges } from "./byte-bpe.ts";
import type { Marks } from "./joint.ts";

const BYTES = new ByteBpe([]);
const SIGN_OF_BYTE: ReadonlyMap<number, string> = new Map(
  BYTE_SIGNS.map((sign, token) => [BYTES.bytesOf(token)[0] ?? 0, sign]),
);

/** How GPT-2's files write a token of the byte pairs. */
function shown(bytePairs: ByteBpe, token: number): string {
  return Array.from(bytePairs.bytesOf(token), (byte) => SIGN_OF_BYTE.get(byte)).join("");
}

function parseVocabulary(text: string, file: string): ReadonlyMap<string, number> {
  const refuse = (problem: string, value: unknown) =>
    new RankbenchError({
      reason: "data",
      thing: `file ${file}`,
      problem,
      value,
      wanted: "vocab.json: an object of ids by token",
      next: "get a right copy of the file",
    });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw refuse("it is not JSON", messageOf(cause));
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw refuse("it is not an object", parsed);
  for (const [token, id] of Object.entries(parsed))
    if (!Number.isSafeInteger(id) || id < 0) throw refuse("a token's id is no id", `${token}: ${id}`);
  return new Map(Object.entries(parsed as Record<string, number>));
}

export class RobertaTokenizer {
  /** One more than the greatest id. */
  readonly size: number;
  readonly marks: Marks;
  readonly #bytePairs: ByteBpe;
  /** Id in the vocabulary of each token of the byte pairs. */
  readonly #ids: Int32Array;

  /**
   * `vocabulary` and `merges` are the texts of `vocab.json` and `merges.txt`. Throws a `data` error when one is no such
   * file or the vocabulary lacks a token that the merges make.
   */
  constructor(vocabulary: { text: string; file: string }, merges: { text: string; file: string }) {
    const ids = parseVocabulary(vocabulary.text, vocabulary.file);
    const id = (token: string): number => {
      const found = ids.get(token);
      if (found !== undefined) return found;
      throw new RankbenchError({
        reason: "data",
        thing: `file ${vocabulary.file}`,
        problem: "the vocabulary lacks a token",
        field: "token",
        value: token,
        wanted: `every token that ${merges.file} makes, and the marks <s> and </s>`,
        next: "get both files of one checkpoint",
      });
    };
    this.#bytePairs = new ByteBpe(parseMerges(merges.text, merges.file));
    this.#ids = Int32Array.from({ length: this.#bytePairs.size }, (_, at) => id(shown(this.#bytePairs, at)));
    this.size = Math.max(...ids.values()) + 1;
    this.marks = { begin: id("<s>"), between: [id("</s>"), id("</s>")], end: id("</s>") };
  }

  /** Ids without marks. */
  encode(text: string): number[] {
    return this.#bytePairs.encode(text).map((token) => this.#ids[token] ?? 0);
  }
}
