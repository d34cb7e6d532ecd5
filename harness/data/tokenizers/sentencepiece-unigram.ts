// SentencePiece unigram segmentation as Universal Sentence Encoder Lite uses it. Its ties and unknowns differ from
// Google's SentencePiece library, so this is that model's tokenizer, not a general one.
// Oracle: `Tokenizer` of @tensorflow-models/universal-sentence-encoder (scripts/golden/sentencepiece.mjs).

import { RankbenchError } from "#harness/failure/error.ts";

/** Pieces 0-5 (unknown, sentence marks, extras) are never matched in text. */
const RESERVED = 6;
const UNKNOWN = 0;
/** U+2581 stands for a space, and begins every text. */
const SPACE = "\u2581";

/** A node of the trie over code points. */
interface Node {
  readonly next: Map<string, Node>;
  /** The piece that ends here, or null. */
  piece: { readonly id: number; readonly score: number } | null;
}

const node = (): Node => ({ next: new Map(), piece: null });

/** A vocabulary: [piece, log probability] by id. */
export type UnigramVocabulary = readonly (readonly [piece: string, score: number])[];

const isPiece = (entry: unknown): entry is readonly [string, number | null] =>
  Array.isArray(entry) &&
  entry.length === 2 &&
  typeof entry[0] === "string" &&
  (entry[1] === null || (typeof entry[1] === "number" && Number.isFinite(entry[1])));

/**
 * The vocabulary in a JSON array of pieces with their scores (vocab.json). A piece without a score counts as 0, as in the
 * original: the package has seven, those with a colon. Throws a `data` error for anything else.
 */
export function parseUnigramVocabulary(text: string, file: string): UnigramVocabulary {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  const entries: readonly unknown[] = Array.isArray(value) ? value : [];
  const bad = entries.findIndex((entry) => !isPiece(entry));
  if (entries.length <= RESERVED || bad >= 0) {
    throw new RankbenchError({
      reason: "data",
      thing: `file ${file}`,
      problem: "it is no unigram vocabulary",
      field: bad < 0 ? "pieces" : `piece ${bad}`,
      value: bad < 0 ? entries.length : entries[bad],
      wanted: `a JSON array of more than ${RESERVED} pieces, each ["piece", log probability]`,
      next: "install the packages again",
    });
  }
  return entries.filter(isPiece).map(([piece, score]) => [piece, score ?? 0] as const);
}

export class UnigramTokenizer {
  readonly #root: Node = node();
  /** Number of ids. */
  readonly size: number;

  constructor(vocabulary: UnigramVocabulary) {
    this.size = vocabulary.length;
    for (const [id, [piece, score]] of vocabulary.entries()) {
      if (id < RESERVED) continue;
      let at = this.#root;
      for (const character of piece) {
        let next = at.next.get(character);
        if (next === undefined) {
          next = node();
          at.next.set(character, next);
        }
        at = next;
      }
      at.piece = { id, score };
    }
  }

  /**
   * Ids of the segmentation with the greatest sum of scores, without begin or end token; none for the empty text.
   * Text is NFKC-normalised, never trimmed: each leading, trailing or repeated space is a character like others.
   */
  encode(text: string): number[] {
    const normal = text.normalize("NFKC");
    if (normal === "") return [];
    const characters = Array.from(SPACE + normal.replaceAll(" ", SPACE));
    const n = characters.length;
    /** Best sum up to each position; 0 also means "not reached", as in the original: a sum of exactly 0 is overwritten. */
    const best = new Float64Array(n + 1);
    const lastId = new Int32Array(n + 1);
    const lastSize = new Int32Array(n + 1).fill(1);
    // Starts come in ascending order, so `>=` gives a tie to the later start.
    const offer = (start: number, size: number, id: number, score: number) => {
      const end = start + size;
      const held = best[end] ?? 0;
      const sum = score + (best[start] ?? 0);
      if (held !== 0 && sum < held) return;
      best[end] = sum;
      lastId[end] = id;
      lastSize[end] = size;
    };
    for (let start = 0; start < n; start++) {
      let matched = false;
      let at: Node | undefined = this.#root;
      for (let size = 1; start + size <= n; size++) {
        at = at.next.get(characters[start + size - 1] ?? "");
        if (at === undefined) break;
        if (at.piece !== null) {
          offer(start, size, at.piece.id, at.piece.score);
          matched = true;
        }
      }
      // Unknown characters cost nothing, and are offered only where no piece begins.
      if (!matched) offer(start, 1, UNKNOWN, 0);
    }
    const ids: number[] = [];
    for (let end = n; end > 0; end -= lastSize[end] ?? 1) {
      const id = lastId[end] ?? UNKNOWN;
      // A run of unknowns is one id.
      if (id !== UNKNOWN || ids.at(-1) !== UNKNOWN) ids.push(id);
    }
    return ids.reverse();
  }
}
