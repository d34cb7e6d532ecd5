import { describe, expect, it } from "vitest";
import { sampleRecord } from "#harness/record/testing/records.ts";
import { beyondTolerance, drawRecords } from "./repetition.ts";

describe("a repetition", () => {
  it("allows quality to move by two points, counts by nothing, times by anything", () => {
    const value = (v: number) => ({ value: v });
    expect(beyondTolerance("accuracy", value(0.8), value(0.819))).toBeNull();
    expect(beyondTolerance("accuracy", value(0.8), value(0.83))).toMatch(/accuracy 0\.8 .*allowed 0\.020/);
    expect(beyondTolerance("perplexity", value(100), value(101))).toBeNull();
    expect(beyondTolerance("perplexity", value(100), value(110))).not.toBeNull();
    expect(beyondTolerance("parameters-trainable", value(100), value(101))).not.toBeNull();
    expect(beyondTolerance("time-training", value(1), value(100))).toBeNull();
    expect(beyondTolerance("accuracy", value(0.8), { undefined: "one class" })).not.toBeNull();
  });

  it("draws records of the cheapest scale, others for another seed, the same for the same", () => {
    const records = Array.from({ length: 12 }, (_, seed) => {
      const record = sampleRecord({ identity: { seed, scale: seed < 6 ? "smoke" : "small" } });
      return { path: `${seed}`, record };
    });
    const paths = (seed: number) => drawRecords(records, 3, seed).map(({ path }) => path);
    expect(paths(1)).toEqual(paths(1));
    expect(new Set([1, 2, 3, 4, 5, 6].map((seed) => paths(seed).join())).size).toBeGreaterThan(1);
    for (const seed of [1, 2, 3]) expect(paths(seed).every((path) => Number(path) < 6)).toBe(true);
  });

  it("draws nothing that has no outcome to compare", () => {
    const timeout = { state: "timeout", stage: null, step: null, limitSeconds: 1 } as const;
    expect(drawRecords([{ path: "a", record: sampleRecord({ outcome: timeout }) }], 1, 0)).toEqual([]);
  });
});
