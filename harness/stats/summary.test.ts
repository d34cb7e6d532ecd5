import { describe, expect, it } from "vitest";
import { percentileOf } from "./summary.ts";

describe("percentileOf", () => {
  it("interpolates between order statistics as numpy does by default", () => {
    // numpy.percentile([15, 20, 35, 40, 50], [0, 5, 40, 50, 95, 100])
    const values = [15, 20, 35, 40, 50];
    expect([0, 0.05, 0.4, 0.5, 0.95, 1].map((share) => percentileOf(values, share))).toEqual([
      15, 16, 29, 35, 48, 50,
    ]);
    expect(percentileOf([7], 0.99)).toBe(7);
  });

  it("refuses an empty list instead of giving a number", () => {
    expect(() => percentileOf([], 0.5)).toThrow(/no values/);
  });
});
