// What the embedded sample of glue-sst2 promises: size, balance, clean text, and no sentence that leaks between splits.
// The file is parsed plainly here, not with the project's reader, so that a fault of the reader cannot hide one of the file.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const bytes = readFileSync(new URL("./sst2.sample.tsv", import.meta.url));
const lines = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes).split("\n");
const cells = lines.slice(1, -1).map((line) => line.split("\t"));

const SPLITS = ["train", "dev", "test"] as const;

interface Row {
  readonly split: string;
  readonly label: string;
  readonly sentence: string;
  /** Lower-case words without accents, punctuation and emoji. */
  readonly words: readonly string[];
}

function wordsOf(sentence: string): string[] {
  const plain = sentence.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  return plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
}

const rows: Row[] = cells.map(([split = "", label = "", sentence = ""]) => ({
  split,
  label,
  sentence,
  words: wordsOf(sentence),
}));

const rowsOf = (split: string): Row[] => rows.filter((row) => row.split === split);

/** Size of the intersection of two word sets over that of their union. */
function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0;
  for (const word of a) if (b.has(word)) common++;
  return common / (a.size + b.size - common);
}

/** Right answers of a Bernoulli naive Bayes classifier with add-one smoothing, fitted on `train`, on `test`. */
function naiveBayesHits(train: readonly Row[], test: readonly Row[]): number {
  const counts = new Map<string, { positive: number; negative: number }>();
  for (const { label, words } of train) {
    for (const word of new Set(words)) {
      const seen = counts.get(word) ?? { positive: 0, negative: 0 };
      seen[label === "1" ? "positive" : "negative"]++;
      counts.set(word, seen);
    }
  }
  // Classes are balanced, so the prior and the smoothed class totals cancel.
  const score = (row: Row): number => {
    let sum = 0;
    for (const word of new Set(row.words)) {
      const seen = counts.get(word);
      if (seen !== undefined) sum += Math.log((seen.positive + 1) / (seen.negative + 1));
    }
    return sum;
  };
  return test.filter((row) => score(row) > 0 === (row.label === "1")).length;
}

describe("the embedded sample of glue-sst2", () => {
  it("is UTF-8 without a byte order mark, with LF line ends and a last newline", () => {
    expect(bytes[0]).toBe("s".charCodeAt(0));
    expect(bytes.includes("\r")).toBe(false);
    expect(lines.at(-1)).toBe("");
  });

  it("has the header split, label, sentence and three cells in each of its 800 rows", () => {
    expect(lines[0]).toBe("split\tlabel\tsentence");
    expect(cells.length).toBe(800);
    expect(cells.filter((row) => row.length !== 3)).toEqual([]);
  });

  it("holds 500 train, 100 dev and 200 test rows, each half positive and half negative", () => {
    const count = (split: string, label: string) => rowsOf(split).filter((row) => row.label === label).length;
    const table = SPLITS.map((split) => [split, count(split, "0"), count(split, "1")]);
    expect(table).toEqual([
      ["train", 250, 250],
      ["dev", 50, 50],
      ["test", 100, 100],
    ]);
  });

  it("is shuffled: labels change from row to row about as often as in a fair coin's series", () => {
    for (const split of SPLITS) {
      const labels = rowsOf(split).map((row) => row.label);
      const changes = labels.filter((label, i) => i > 0 && label !== labels[i - 1]).length;
      // The number of changes in n fair flips has mean (n-1)/2 and variance (n-1)/4: within four standard deviations.
      const n = labels.length - 1;
      expect(Math.abs(changes - n / 2)).toBeLessThan(2 * Math.sqrt(n));
    }
  });

  it("has sentences of 3 to 45 words, trimmed and with single spaces only", () => {
    const lengths = rows.map((row) => row.sentence.split(" ").length);
    expect(Math.min(...lengths)).toBe(3);
    expect(Math.max(...lengths)).toBeGreaterThanOrEqual(35);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(45);
    const odd = /^ | $| {2}|[\p{Cc}\p{Zl}\p{Zp}\u00a0\ufffd]/u;
    expect(rows.filter((row) => odd.test(row.sentence))).toEqual([]);
  });

  it("tries a tokenizer with accents, dashes, curly quotes, emoji and sentences in lower case", () => {
    const having = (pattern: RegExp) => rows.filter((row) => pattern.test(row.sentence)).length;
    for (const pattern of [/[éïá]/u, /—/u, /[“”]/u, /’/u, /\p{Extended_Pictographic}/u]) {
      expect(having(pattern), String(pattern)).toBeGreaterThan(0);
    }
    expect(having(/^\p{Ll}/u)).toBeGreaterThan(40);
    expect(having(/^\p{Lu}/u)).toBeGreaterThan(400);
  });

  it("never repeats a sentence, not even up to case, accents and punctuation", () => {
    const first = new Map<string, string>();
    const repeated: string[] = [];
    for (const { words, sentence } of rows) {
      const key = words.join(" ");
      if (first.has(key)) repeated.push(sentence);
      first.set(key, sentence);
    }
    expect(repeated).toEqual([]);
  });

  it("keeps near-copies out of different splits: two sentences across splits share less than a third of their words", () => {
    const sets = rows.map((row) => new Set(row.words));
    const close: string[] = [];
    sets.forEach((a, i) => {
      for (let j = i + 1; j < sets.length; j++) {
        const b = sets[j];
        if (b === undefined || rows[i]?.split === rows[j]?.split) continue;
        if (jaccard(a, b) >= 1 / 3) close.push(`${rows[i]?.sentence} / ${rows[j]?.sentence}`);
      }
    });
    expect(close).toEqual([]);
  });

  it("can be learnt from single words, but not to the end: naive Bayes beats chance by 3 errors and stays under 85 %", () => {
    const held = [...rowsOf("dev"), ...rowsOf("test")];
    const hits = naiveBayesHits(rowsOf("train"), held);
    // Guessing has mean n/2 and standard deviation sqrt(n)/2.
    expect(hits).toBeGreaterThan(held.length / 2 + (3 * Math.sqrt(held.length)) / 2);
    expect(hits).toBeLessThan(0.85 * held.length);
  });

  it("does not give its labels away by length: mean word counts of the classes differ by less than one word", () => {
    const mean = (label: string) => {
      const group = rows.filter((row) => row.label === label);
      return group.reduce((sum, row) => sum + row.words.length, 0) / group.length;
    };
    expect(Math.abs(mean("1") - mean("0"))).toBeLessThan(1);
  });

  it("shares most of its vocabulary between splits: over 70 % of the running words of dev and test occur in train", () => {
    const known = new Set(rowsOf("train").flatMap((row) => row.words));
    const running = [...rowsOf("dev"), ...rowsOf("test")].flatMap((row) => row.words);
    expect(running.filter((word) => known.has(word)).length / running.length).toBeGreaterThan(0.7);
  });
});
