// Windows of a text: every token once, no look at another split, the same for every reader of the same stream.
import { describe, expect, it } from "vitest";
import { stream } from "#harness/random/stream.ts";
import type { HostBatch } from "#harness/task/contract.ts";
import { drawToken, generateText, shown } from "./lm-generate.ts";
import { WindowSplit, windowData } from "./lm-split.ts";
import { BYTE_TOKENS, bytePairTokens, tokenText } from "./lm-tokens.ts";

const CONTEXT = 8;

/** Tokens 100, 101, ...: a token tells its own place. */
const counting = (tokens: number) => ({
  ids: Int32Array.from({ length: tokens }, (_, t) => 100 + t),
  characters: new Uint8Array(tokens).fill(2),
});

const rowsOf = ({ inputs: { ids }, targets, size }: HostBatch) => {
  const tokens = targets.data.length / size;
  return Array.from({ length: size }, (_, row) => ({
    input: [...(ids?.data.slice(row * tokens, (row + 1) * tokens) ?? [])],
    target: [...targets.data.slice(row * tokens, (row + 1) * tokens)],
  }));
};

describe("windows of a text", () => {
  it.each([2, 9, 17, 30, 33])(
    "predict each of %i tokens but the first once, from those before it",
    (tokens) => {
      const split = new WindowSplit(counting(tokens), CONTEXT);
      const rows = [...split.batches(2)].flatMap(rowsOf);
      const predicted = rows.flatMap(({ target }) => target);
      expect(predicted).toEqual(Array.from({ length: tokens - 1 }, (_, t) => 101 + t));
      for (const { input, target } of rows) expect(input.map((id) => id + 1)).toEqual(target);
      expect(split.size).toBe(rows.length);
      expect([...split.batches(2)].flatMap(({ items }) => [...items])).toEqual([...rows.keys()]);
      const counts = rows.flatMap(({ target }) => [target.length, 2 * target.length]);
      expect([...split.targets]).toEqual(counts);
    },
  );

  it("have two shapes and the left over at most: a whole batch, a part of one, the text's short end", () => {
    const keys = [...new WindowSplit(counting(5 * CONTEXT + 4), CONTEXT).batches(2)].map(({ key }) => key);
    expect(keys).toEqual(["B=2 T=8", "B=2 T=8", "B=1 T=8", "B=1 T=3"]);
  });

  it("of an epoch are whole, overlap nowhere, fill their batches and depend on the stream alone", () => {
    const split = new WindowSplit(counting(100), CONTEXT);
    const epoch = (seed: number) => [...split.epoch(4, stream(seed, "order"))];
    const starts = (seed: number) =>
      epoch(seed).flatMap((batch) => rowsOf(batch).map(({ input }) => input[0] ?? 0));
    expect(starts(1)).toEqual(starts(1));
    expect(starts(1)).not.toEqual(starts(2));
    for (const seed of [1, 2, 3, 4]) {
      expect(epoch(seed).map(({ size }) => size)).toEqual([4, 4]);
      expect(split.epoch(4, stream(seed, "order")).count).toBe(2);
      const sorted = starts(seed).sort((a, b) => a - b);
      for (const [i, start] of sorted.slice(1).entries())
        expect(start - (sorted[i] ?? 0)).toBeGreaterThanOrEqual(8);
      expect((sorted.at(-1) ?? 0) + CONTEXT).toBeLessThanOrEqual(199);
    }
    // Cut at another place each time: another remainder of the first token's number.
    expect(new Set([1, 2, 3, 4, 5].map((seed) => (starts(seed)[0] ?? 0) % CONTEXT)).size).toBeGreaterThan(1);
  });

  it("go round where a batch for memory or latency asks for more than there are", () => {
    const short = new WindowSplit(counting(2 * CONTEXT + 1), CONTEXT);
    const data = windowData({ train: short, validation: short, test: short });
    const { batch, example } = data.typical(5);
    expect([batch.key, example.tokens]).toEqual(["B=5 T=8", 8]);
    expect(rowsOf(data.longest(3)).map(({ input }) => input[0])).toEqual([100, 108, 100]);
  });

  it("of a text with one token are refused", () => {
    expect(() => new WindowSplit(counting(1), CONTEXT)).toThrow(/nothing to predict/);
  });
});

const UNICODE = "naïve café — 日本 🙂🙂 \u0301 end";
const POINTS = [...UNICODE].length;

describe("tokens", () => {
  it.each([
    ["bytes", BYTE_TOKENS],
    ["byte pairs", bytePairTokens("na café the the end end", 270)],
  ] as const)("of %s spell every text and count each character once, whatever was learnt", (_, tokenizer) => {
    const { ids, characters } = tokenText(UNICODE, tokenizer);
    expect(tokenizer.decode(ids)).toBe(UNICODE);
    expect(characters.reduce((a, b) => a + b, 0)).toBe(POINTS);
    expect(ids.every((id) => id >= 0 && id < tokenizer.size)).toBe(true);
  });

  it("of byte pairs are fewer than bytes where the text is like that which taught them", () => {
    const tokenizer = bytePairTokens("the end of the end ".repeat(20), 300);
    expect(tokenText("the end of the", tokenizer).ids.length).toBeLessThan(8);
  });
});

describe("a text that a model writes", () => {
  /** A model that is sure of the letter after the last one, a after z. */
  const alphabet = async (inputs: HostBatch["inputs"]) => {
    const ids = inputs.ids?.data ?? [];
    const scores = new Float32Array(CONTEXT * 256);
    for (let t = 0; t < CONTEXT; t++) {
      const letter = ids[t] === 10 ? 97 : 97 + (((ids[t] ?? 0) - 97 + 1) % 26);
      scores[t * 256 + letter] = 1_000;
    }
    return scores;
  };
  const options = { tokenizer: BYTE_TOKENS, vocabulary: 256, context: CONTEXT, temperature: 0.8 };

  it("follows the model's own predictions past the end of its context", async () => {
    const text = await generateText({
      ...options,
      random: stream(1, "g"),
      characters: 40,
      forward: alphabet,
    });
    expect(text).toBe("abcdefghijklmnopqrstuvwxyzabcdefghijklmn");
  });

  it("is the same for the same stream and another for another", async () => {
    const flat = async () => new Float32Array(CONTEXT * 256);
    const text = (seed: number) =>
      generateText({ ...options, random: stream(seed, "g"), characters: 30, forward: flat });
    expect(await text(1)).toBe(await text(1));
    expect(await text(1)).not.toBe(await text(2));
  });

  it("can be stored: a control or a character cut short is U+FFFD, half a pair is left out", async () => {
    const bytes = new TextEncoder().encode("a\u0007b\n🙂🙂");
    const written = async (characters: number) => {
      let at = 0;
      const forward = async () => {
        const scores = new Float32Array(CONTEXT * 256);
        for (let t = 0; t < CONTEXT; t++) scores[t * 256 + (bytes[at % bytes.length] ?? 0)] = 1_000;
        at++;
        return scores;
      };
      return generateText({ ...options, random: stream(1, "g"), characters, forward });
    };
    expect(await written(4)).toBe("a\uFFFDb\n");
    expect(await written(7)).toBe("a\uFFFDb\n🙂\uFFFD");
    expect(shown("ab🙂", 3)).toBe("ab");
  });

  it("draws tokens as often as softmax(scores / temperature) says", () => {
    const random = stream(3, "draws");
    const scores = Float32Array.of(0, Math.log(2), Math.log(4));
    // Squares of 1, 2, 4 over 21.
    const drawn = [0, 0, 0];
    for (let i = 0; i < 6_000; i++) {
      const id = drawToken(scores, 0.5, random);
      drawn[id] = (drawn[id] ?? 0) + 1;
    }
    for (const [id, share] of [1 / 21, 4 / 21, 16 / 21].entries())
      expect((drawn[id] ?? 0) / 6_000).toBeCloseTo(share, 1);
  });
});
