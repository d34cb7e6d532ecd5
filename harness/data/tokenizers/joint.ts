// One text, or a pair as one sequence, with a model's marks around it, cut where it is too long. Knows ids alone.
// Oracle: Hugging Face `tokenizers`, its BERT and RoBERTa post-processors and "longest_first" (scripts/golden/joint.py).

/** Ids of the marks: before the first text, between two, after the last. */
export interface Marks {
  readonly begin: number;
  /** BERT: one [SEP]; RoBERTa: </s> twice. */
  readonly between: readonly number[];
  readonly end: number;
}

export interface JointText {
  readonly ids: readonly number[];
  /** Where the second text begins; the number of ids where there is none. From there on a token's type is 1, in BERT. */
  readonly second: number;
}

/**
 * Tokens that are left of texts of `first` and `second` tokens where `room` are to be had: the longer text gives up its last
 * ones until both are equally long, then each in turn, and an odd one stays with the text that was longer, or the second.
 */
export function longestFirst(first: number, second: number, room: number): readonly [number, number] {
  if (first + second <= room) return [first, second];
  const shorter = Math.min(first, second);
  const half = Math.floor(room / 2);
  const [few, many] = shorter <= half ? [shorter, room - shorter] : [half, room - half];
  return first > second ? [many, few] : [few, many];
}

/** The sequence of one text or two, at most `limit` ids with the marks. */
export function joinTexts(
  texts: readonly (readonly number[])[],
  { begin, between, end }: Marks,
  limit: number,
): JointText {
  const [first = [], second] = texts;
  const room = limit - 2 - (second === undefined ? 0 : between.length);
  if (texts.length > 2 || room < 0) throw new Error(`${texts.length} texts in ${limit} tokens`);
  if (second === undefined) {
    const ids = [begin, ...first.slice(0, room), end];
    return { ids, second: ids.length };
  }
  const [ofFirst, ofSecond] = longestFirst(first.length, second.length, room);
  const head = [begin, ...first.slice(0, ofFirst), ...between];
  return { ids: [...head, ...second.slice(0, ofSecond), end], second: head.length };
}
