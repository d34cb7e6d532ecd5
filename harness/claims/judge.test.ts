import { describe, expect, it } from "vitest";
import { combine, judgePart, type Pair, type PartInput } from "./judge.ts";

const pairs = (...values: readonly (readonly [subject: number, reference: number])[]): Pair[] =>
  values.map(([subject, reference], seed) => ({ seed, subject, reference }));

const judge = (input: Partial<PartInput> & Pick<PartInput, "pairs">) =>
  judgePart({ test: { kind: "better", by: 0 }, direction: "higher", exact: false, ...input });

/** Differences 1, 2, 3: mean 2, sd 1, t at 2 degrees of freedom 4.302653, so +- 2.484138. */
const oneTwoThree = pairs([11, 10], [12, 10], [13, 10]);

describe("judgePart", () => {
  it("rests on Student's interval of paired differences: 2 +- 4.302653 / sqrt 3", () => {
    const { effect, interval, seeds } = judge({ pairs: oneTwoThree });
    expect(effect).toBe(2);
    expect(interval?.low).toBeCloseTo(2 - 2.4841377, 6);
    expect(interval?.high).toBeCloseTo(2 + 2.4841377, 6);
    expect(seeds).toBe(3);
  });

  it("holds, does not hold or cannot be told by where that interval lies", () => {
    const state = (by: number) => judge({ pairs: oneTwoThree, test: { kind: "better", by } }).state;
    expect([state(0), state(4.5)]).toEqual(["cannot-tell", "does-not-hold"]);
    const steady = pairs([12, 10], [12.1, 10], [11.9, 10]);
    expect(judge({ pairs: steady }).state).toBe("holds");
    expect(judge({ pairs: steady, test: { kind: "better", by: 3 } }).state).toBe("does-not-hold");
  });

  it("turns round where lower is better", () => {
    const lower = pairs([10, 12], [10.1, 12], [9.9, 12]);
    expect(judge({ pairs: lower, direction: "lower" }).state).toBe("holds");
    expect(judge({ pairs: lower, direction: "higher" }).state).toBe("does-not-hold");
    const within = { kind: "not-worse", within: 0.5 } as const;
    const worse = pairs([12, 10], [12.1, 10], [11.9, 10]);
    expect(judge({ pairs: worse, direction: "lower", test: within }).state).toBe("does-not-hold");
    expect(judge({ pairs: lower, direction: "lower", test: within }).state).toBe("holds");
  });

  it("knows not worse, equivalent and neither apart", () => {
    const near = pairs([10.01, 10], [9.99, 10], [10.02, 10]);
    expect(judge({ pairs: near, test: { kind: "not-worse", within: 0.1 } }).state).toBe("holds");
    expect(judge({ pairs: near, test: { kind: "equivalent", within: 0.1 } }).state).toBe("holds");
    expect(judge({ pairs: near, test: { kind: "equivalent", within: 0.02 } }).state).toBe("cannot-tell");
    const far = pairs([12, 10], [12.01, 10], [11.99, 10]);
    expect(judge({ pairs: far, test: { kind: "equivalent", within: 0.1 } }).state).toBe("does-not-hold");
  });

  it("never judges quality by one seed or two, whatever they say", () => {
    const verdict = judge({ pairs: pairs([99, 1], [98, 1]) });
    expect(verdict).toMatchObject({ state: "cannot-tell", effect: 97.5, reason: "2 of at least 3 seeds" });
    expect(judge({ pairs: pairs([99, 1]) }).state).toBe("cannot-tell");
    expect(judge({ pairs: [] }).reason).toBe("no seed has a result of both arms");
  });

  it("is not certain of rounded shares that differ by the same number on every seed", () => {
    const { state, reason } = judge({ pairs: pairs([3, 2], [4, 3], [5, 4]) });
    expect(state).toBe("cannot-tell");
    expect(reason).toMatch(/same number/);
  });

  it("judges exact costs by one seed, and not at all where seeds disagree", () => {
    const test = { kind: "ratio", atMost: 0.4 } as const;
    const cost = { direction: "lower", exact: true, test } as const;
    expect(judge({ ...cost, pairs: pairs([35, 100]) })).toMatchObject({
      state: "holds",
      effect: 0.35,
      seeds: 1,
    });
    expect(judge({ ...cost, pairs: pairs([41, 100]) }).state).toBe("does-not-hold");
    expect(judge({ ...cost, pairs: pairs([35, 100], [45, 100]) }).state).toBe("cannot-tell");
  });

  it("takes ratios of measured values on a logarithmic scale: 1/2 and 2 average to 1", () => {
    const test = { kind: "ratio", atMost: 1.1 } as const;
    const { effect, state } = judge({ pairs: pairs([1, 2], [4, 2], [3, 3]), direction: "lower", test });
    expect(effect).toBeCloseTo(1, 12);
    expect(state).toBe("cannot-tell");
    expect(judge({ pairs: pairs([0, 2], [1, 2], [1, 2]), test }).reason).toMatch(/not positive/);
  });

  it("asks a metric without a better direction for none", () => {
    expect(judge({ pairs: oneTwoThree, direction: "neutral" }).reason).toMatch(/no better direction/);
  });
});

describe("combine", () => {
  it("needs every part to hold and lets one part refute", () => {
    const part = (state: "holds" | "does-not-hold" | "cannot-tell") => ({
      state,
      effect: null,
      interval: null,
      seeds: 0,
      reason: null,
    });
    expect(combine([part("holds"), part("holds")])).toBe("holds");
    expect(combine([part("holds"), part("cannot-tell")])).toBe("cannot-tell");
    expect(combine([part("cannot-tell"), part("does-not-hold")])).toBe("does-not-hold");
  });
});
