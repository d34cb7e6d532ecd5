// BERT's uncased tokenizer: clean-up, CJK spacing, accent stripping, lower case, punctuation split, then greedy WordPiece.
// Adds no special token and recognises none in text: that is the task's business.
// Oracle: Hugging Face `tokenizers`, BertNormalizer + BertPreTokenizer + WordPiece (scripts/golden/wordpiece.py).
import { RankbenchError } from "#harness/failure/error.ts";
import type { Marks } from "./joint.ts";
import { OLD_MARKS, OLD_PUNCTUATION, UNTOUCHED } from "./wordpiece-unicode.ts";

/** Longer words are unknown as a whole (characters, not code units). */
const MAX_WORD = 100;
const CONTINUED = "##";

/** Controls, format characters, surrogates and private use (tab, LF and CR were handled before); also U+FFFD. */
const REMOVED = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\ufffd]/u;
const SPACE = /\p{White_Space}/u;
const MARK = /\p{Mn}/gu;
/** All ASCII that is neither letter, digit, space nor control counts as punctuation, `$` and `^` too. */
const PUNCTUATION = /[!-/:-@[-`{-~\p{P}]/u;

/** Ideograph blocks of BERT's list: Han only, neither Kana nor Hangul. */
const IDEOGRAPHS: readonly (readonly [number, number])[] = [
  [0x4e00, 0x9fff],
  [0x3400, 0x4dbf],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b73f],
  [0x2b740, 0x2b81f],
  [0x2b920, 0x2ceaf],
  [0xf900, 0xfaff],
  [0x2f800, 0x2fa1f],
];

const isIdeograph = (character: string): boolean => {
  const point = character.codePointAt(0) ?? 0;
  return point >= 0x3400 && IDEOGRAPHS.some(([first, last]) => point >= first && point <= last);
};

/** One character without what the clean-up removes, ideographs with a space on either side. */
function cleaned(character: string): string {
  if (character === "\t" || character === "\n" || character === "\r") return " ";
  if (REMOVED.test(character) || OLD_MARKS.has(character)) return "";
  if (SPACE.test(character)) return " ";
  return isIdeograph(character) ? ` ${character} ` : character;
}

/** Lower case without accents, punctuation with a space on either side. */
function folded(text: string): string {
  let spaced = "";
  for (const character of text.normalize("NFD").replace(MARK, "")) {
    // One code point at a time: whole strings would turn a final capital sigma into another letter than the oracle does.
    const lower = character.toLowerCase();
    spaced += PUNCTUATION.test(lower) ? ` ${lower} ` : lower;
  }
  return spaced;
}

/** The words of a text, normalised: what WordPiece then cuts. */
export function bertWords(text: string): string[] {
  let spaced = "";
  let rest = "";
  for (const character of text) {
    const kept = UNTOUCHED.test(character);
    if (kept || OLD_PUNCTUATION.has(character)) {
      spaced += folded(rest) + (kept ? character : ` ${character} `);
      rest = "";
    } else rest += cleaned(character);
  }
  return `${spaced}${folded(rest)}`.split(SPACE).filter((word) => word !== "");
}

export class WordPieceTokenizer {
  readonly #ids: ReadonlyMap<string, number>;
  readonly #unknown: number;
  readonly #longest: number;
  readonly size: number;
  /** BERT's: [CLS] first, [SEP] after each text. */
  get marks(): Marks {
    const end = this.id("[SEP]");
    return { begin: this.id("[CLS]"), between: [end], end };
  }

  /** `vocabulary`: pieces by id, as the lines of `vocab.txt`. Throws a `data` error when it has no `[UNK]`. */
  constructor(vocabulary: readonly string[]) {
    this.#ids = new Map(vocabulary.map((piece, id) => [piece, id]));
    this.size = vocabulary.length;
    this.#unknown = this.id("[UNK]");
    this.#longest = vocabulary.reduce((most, piece) => Math.max(most, piece.length), 0);
  }

  /** Id of a piece: `[CLS]`. Throws a `data` error when there is none. */
  id(piece: string): number {
    const id = this.#ids.get(piece);
    if (id === undefined) {
      throw new RankbenchError({
        reason: "data",
        thing: "WordPiece vocabulary",
        problem: "it lacks a piece",
        field: "piece",
        value: piece,
        wanted: "a BERT vocabulary (vocab.txt), one piece a line",
      });
    }
    return id;
  }

  /** Ids without special tokens. */
  encode(text: string): number[] {
    return bertWords(text).flatMap((word) => this.#pieces(word));
  }

  #pieces(word: string): number[] {
    const characters = Array.from(word);
    if (characters.length > MAX_WORD) return [this.#unknown];
    const ids: number[] = [];
    for (let start = 0; start < characters.length; ) {
      let end = Math.min(characters.length, start + this.#longest);
      let id: number | undefined;
      for (; end > start; end--) {
        const piece = characters.slice(start, end).join("");
        id = this.#ids.get(start === 0 ? piece : CONTINUED + piece);
        if (id !== undefined) break;
      }
      // One part that is in no piece makes the whole word unknown.
      if (id === undefined) return [this.#unknown];
      ids.push(id);
      start = end;
    }
    return ids;
  }
}
