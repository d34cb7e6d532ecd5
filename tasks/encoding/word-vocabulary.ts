// Words of a text and their ids: a vocabulary learned from training texts, everything rare or unseen in one bucket. Knows
// no task and no file.

/** Id of every word that the vocabulary does not hold. */
export const RARE = 0;

const WORDS = /[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu;

/** Words of a text in lower case: runs of letters and digits, and each other sign by itself. */
export const splitWords = (text: string): string[] => text.normalize("NFC").toLowerCase().match(WORDS) ?? [];

export interface VocabularyLimits {
  /** A word that training has fewer times is rare. */
  readonly minCount: number;
  /** Most words that have an id of their own, the frequent ones first. */
  readonly most: number;
}

export interface WordVocabulary {
  /** Words by id less one: id 0 is the bucket of rare words. */
  readonly words: readonly string[];
  /** Ids there are, the bucket's among them. */
  readonly size: number;
  encode(words: readonly string[]): number[];
}

/** The vocabulary of training texts. Ids are in order of frequency, equally frequent words in order of their letters. */
export function learnVocabulary(
  texts: Iterable<readonly string[]>,
  { minCount, most }: VocabularyLimits,
): WordVocabulary {
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of text) counts.set(word, (counts.get(word) ?? 0) + 1);
  const words = [...counts]
    .filter(([, count]) => count >= minCount)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([word]) => word);
  const ids = new Map(words.map((word, i) => [word, i + 1]));
  return { words, size: words.length + 1, encode: (text) => text.map((word) => ids.get(word) ?? RARE) };
}
