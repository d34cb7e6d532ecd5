import { describe, expect, test } from "vitest";
import { stream } from "#harness/random/stream.ts";
import { dominates, onFront, paretoFront } from "./pareto.ts";
import { performanceProfiles } from "./profiles.ts";
import { pValue, rankSamples, type Sample } from "./ranks.ts";

const sample = (id: string, values: readonly number[], firstSeed = 0): Sample => ({
  id,
  bySeed: new Map(values.map((value, i) => [firstSeed + i, value])),
});

const ranksOf = (samples: readonly Sample[], direction: "higher" | "lower" = "higher") =>
  Object.fromEntries(rankSamples(samples, direction).map(({ id, rank }) => [id, rank]));

describe("ranks", () => {
  test("rows that the seeds cannot tell apart share a rank; one far behind does not", () => {
    const samples = [
      sample("a", [0.84, 0.85, 0.83, 0.846, 0.842]),
      sample("b", [0.842, 0.848, 0.832, 0.843, 0.846]),
      sample("c", [0.6, 0.61, 0.59, 0.605, 0.602]),
    ];
    expect(ranksOf(samples)).toEqual({ a: 1, b: 1, c: 3 });
    expect(ranksOf(samples, "lower")).toEqual({ a: 2, b: 2, c: 1 });
  });

  test("fewer than three seeds are provisional: not ranked, and nobody is ranked behind them", () => {
    const samples = [sample("few", [0.99, 0.99]), sample("enough", [0.8, 0.81, 0.79])];
    expect(rankSamples(samples, "higher")).toEqual([
      { id: "few", mean: 0.99, n: 2, rank: null, provisional: true },
      { id: "enough", mean: expect.closeTo(0.8, 12), n: 3, rank: 1, provisional: false },
    ]);
  });

  test("counts that do not vary over seeds are ranked for certain", () => {
    const samples = [
      sample("small", [100, 100, 100]),
      sample("same", [100, 100, 100]),
      sample("large", [101, 101, 101]),
    ];
    expect(ranksOf(samples, "lower")).toEqual({ small: 1, same: 1, large: 3 });
  });

  test("an equal difference on three seeds of values that vary is no certainty", () => {
    const p = pValue(sample("a", [0.81, 0.85, 0.83]), sample("b", [0.805, 0.845, 0.825]));
    expect(p).toBeGreaterThan(0.5);
  });

  test("shared seeds are compared in pairs: a small steady gain shows although seeds differ widely", () => {
    const base = [0.7, 0.8, 0.75, 0.85, 0.9];
    const better = base.map((value, i) => value + 0.01 + i * 0.0002);
    expect(ranksOf([sample("base", base), sample("better", better)])).toEqual({ better: 1, base: 2 });
    expect(ranksOf([sample("base", base), sample("elsewhere", better, 50)])).toEqual({
      elsewhere: 1,
      base: 1,
    });
  });
});

describe("Pareto front", () => {
  test("keeps what no other point beats on all objectives; equal points stay together", () => {
    const points = [
      [0.9, 100],
      [0.8, 50],
      [0.8, 60],
      [0.9, 100],
      [0.7, 50],
    ];
    expect(onFront(points, ["higher", "lower"])).toEqual([true, true, false, true, false]);
    expect(dominates([1, 1], [1, 1], ["higher", "lower"])).toBe(false);
  });

  test("says how often each method is on the front when seeds are drawn anew", () => {
    const arms = [
      {
        id: "sure",
        bySeed: [
          [0.9, 10],
          [0.91, 10],
          [0.92, 10],
        ],
      },
      {
        id: "open",
        bySeed: [
          [0.88, 10],
          [0.93, 10],
          [0.92, 10],
        ],
      },
      {
        id: "beaten",
        bySeed: [
          [0.5, 10],
          [0.5, 10],
          [0.5, 10],
        ],
      },
    ];
    const [sure, open, beaten] = paretoFront(arms, ["higher", "lower"], stream(1, "front"));
    // Means 0.91 and 0.91: both on the front now, and each in about half of the draws.
    expect(sure?.share).toBeGreaterThan(0.3);
    expect(open?.share).toBeGreaterThan(0.3);
    expect((sure?.share ?? 0) + (open?.share ?? 0)).toBeLessThan(1.3);
    expect(beaten).toMatchObject({ onFront: false, share: 0, means: [0.5, 10] });
  });
});

describe("performance profiles", () => {
  const methods = [
    { id: "a", values: [0.9, 0.8, null] },
    { id: "b", values: [0.88, 0.85, 0.7] },
    { id: "c", values: [null, null, null] },
  ];

  test("give the share of tasks within each gap of the best; a missing result is never near", () => {
    expect(performanceProfiles(methods, [0, 0.03, 1], { kind: "gap", better: "higher" })).toEqual([
      { id: "a", shares: [1 / 3, 1 / 3, 2 / 3] },
      { id: "b", shares: [2 / 3, 1, 1] },
      { id: "c", shares: [0, 0, 0] },
    ]);
  });

  test("by ratio for costs; tasks without any result are left out, and without tasks there is none", () => {
    const costs = [
      { id: "a", values: [10, 40, null] },
      { id: "b", values: [20, 20, null] },
    ];
    expect(performanceProfiles(costs, [1, 2], { kind: "ratio" })).toEqual([
      { id: "a", shares: [0.5, 1] },
      { id: "b", shares: [0.5, 1] },
    ]);
    expect(performanceProfiles([{ id: "a", values: [null] }], [1], { kind: "ratio" })).toEqual([]);
    expect(() => performanceProfiles([{ id: "a", values: [0] }], [1], { kind: "ratio" })).toThrow(
      /says nothing/,
    );
  });
});
