// Learns byte-pair merges from a text (Sennrich et al. 2016): the most frequent pair of neighbours becomes a token, over and
// over. Incremental: a merge looks only at the words that hold its pair. The words and bytes are those of byte-bpe.ts.
// Oracle: Hugging Face `tokenizers`, BpeTrainer with the byte alphabet (scripts/golden/byte-bpe.py).
import { bpeWords, byteIds, type Merge, pairKey } from "./byte-bpe.ts";

interface Word {
  /** Its tokens now. */
  ids: number[];
  /** How often the text has it. */
  readonly count: number;
}

interface Candidate {
  readonly left: number;
  readonly right: number;
  /** How often the pair stood in the text when the candidate was made; it may stand less often now. */
  readonly count: number;
}

/** The more frequent pair first; among equal ones the one with lower ids, left before right. */
const isBefore = (a: Candidate, b: Candidate): boolean =>
  a.count !== b.count ? a.count > b.count : a.left !== b.left ? a.left < b.left : a.right < b.right;

/** A binary heap with the first candidate on top. */
class Queue {
  readonly #heap: Candidate[] = [];

  push(candidate: Candidate): void {
    const heap = this.#heap;
    let at = heap.push(candidate) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(candidate, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = candidate;
  }

  pop(): Candidate | undefined {
    const heap = this.#heap;
    const [top] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      if (left === undefined) break;
      const below = right !== undefined && isBefore(right, left) ? right : left;
      if (!isBefore(below, last)) break;
      heap[at] = below;
      at = below === left ? 2 * at + 1 : 2 * at + 2;
    }
    heap[at] = last;
    return top;
  }
}

/** How often pairs stand in the text, and in which words. */
class Pairs {
  readonly #counts = new Map<number, number>();
  readonly #words = new Map<number, Set<Word>>();

  /** Adds what a word holds (`sign` 1) or takes it away (-1); returns the keys of its pairs. */
  tally(word: Word, sign: 1 | -1, touched: Map<number, readonly [number, number]>): void {
    const { ids, count } = word;
    for (let i = 0; i + 1 < ids.length; i++) {
      const [left, right] = [ids[i] ?? 0, ids[i + 1] ?? 0];
      const key = pairKey(left, right);
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + sign * count);
      if (sign === 1) {
        touched.set(key, [left, right]);
        const words = this.#words.get(key);
        if (words === undefined) this.#words.set(key, new Set([word]));
        else words.add(word);
      }
    }
  }

  count(left: number, right: number): number {
    return this.#counts.get(pairKey(left, right)) ?? 0;
  }

  /** Words that hold the pair, or held it once. */
  take(left: number, right: number): Iterable<Word> {
    const key = pairKey(left, right);
    const words = this.#words.get(key) ?? [];
    this.#words.delete(key);
    return words;
  }
}

/** `ids` with every pair (left, right), read from the left, replaced by `made`. */
function joined(ids: readonly number[], left: number, right: number, made: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] === left && ids[i + 1] === right) {
      out.push(made);
      i++;
    } else out.push(ids[i] ?? 0);
  }
  return out;
}

/**
 * The merges that make a vocabulary of `size` tokens (256 of them the bytes) from `text`, fewer where no pair is left. The
 * text alone decides: equal counts go to the pair with lower ids.
 */
export function trainBpe(text: string, size: number): Merge[] {
  const counts = new Map<string, number>();
  for (const word of bpeWords(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const pairs = new Pairs();
  const queue = new Queue();
  const enqueue = (touched: ReadonlyMap<number, readonly [number, number]>): void => {
    for (const [left, right] of touched.values())
      queue.push({ left, right, count: pairs.count(left, right) });
  };
  const first = new Map<number, readonly [number, number]>();
  for (const [text, count] of counts) pairs.tally({ ids: byteIds(text), count }, 1, first);
  enqueue(first);

  const merges: Merge[] = [];
  while (256 + merges.length < size) {
    const top = queue.pop();
    if (top === undefined) break;
    const { left, right } = top;
    const count = pairs.count(left, right);
    if (count !== top.count) {
      if (count > 0) queue.push({ left, right, count });
      continue;
    }
    const made = 256 + merges.length;
    merges.push([left, right]);
    const touched = new Map<number, readonly [number, number]>();
    for (const word of pairs.take(left, right)) {
      const next = joined(word.ids, left, right, made);
      if (next.length === word.ids.length) continue;
      pairs.tally(word, -1, touched);
      word.ids = next;
      pairs.tally(word, 1, touched);
    }
    // Only pairs with the new token can have become more frequent; the others wait in the queue already.
    for (const [key, pair] of touched) if (!pair.includes(made)) touched.delete(key);
    enqueue(touched);
  }
  return merges;
}
