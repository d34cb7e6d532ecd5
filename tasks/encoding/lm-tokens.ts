// Tokens of language models: single bytes, or byte pairs learnt from the training text. No text is without tokens: what a
// tokenizer has not seen is spelled by its bytes.

import { trainBpe } from "#harness/data/tokenizers/bpe-train.ts";
import { ByteBpe } from "#harness/data/tokenizers/byte-bpe.ts";
import type { TokenText } from "./lm-split.ts";

export interface LmTokenizer {
  /** Number of tokens. */
  readonly size: number;
  encode(text: string): ArrayLike<number>;
  decode(ids: Iterable<number>): string;
  /** The bytes that a token stands for. */
  bytesOf(id: number): Uint8Array;
}

/** A token a byte: in ASCII text a token a character. */
export const BYTE_TOKENS: LmTokenizer = {
  size: 256,
  encode: (text) => new TextEncoder().encode(text),
  decode: (ids) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(ids)),
  bytesOf: (id) => Uint8Array.of(id),
};

/** 256 bytes and the merges learnt from `text`: `size` tokens, or fewer where the text is too short for as many. */
export const bytePairTokens = (text: string, size: number): LmTokenizer => new ByteBpe(trainBpe(text, size));

/** Every byte of UTF-8 but these begins a character. */
const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

/** A text's tokens and the characters that begin in each. */
export function tokenText(text: string, tokenizer: LmTokenizer): TokenText {
  const ids = Int32Array.from(tokenizer.encode(text));
  const begun = Uint8Array.from(
    { length: tokenizer.size },
    (_, id) => tokenizer.bytesOf(id).filter((byte) => !isContinuation(byte)).length,
  );
  return { ids, characters: Uint8Array.from(ids, (id) => begun[id] ?? 0) };
}
