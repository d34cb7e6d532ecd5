import { describe, expect, it } from "vitest";
import { learningRateAt } from "./schedule.ts";

describe("learningRateAt", () => {
  const base = { peak: 2, steps: 10, warmupShare: 0.2 } as const;

  it("rises linearly to the peak at the end of the warm-up", () => {
    expect([1, 2].map((step) => learningRateAt(step, { ...base, decay: "linear" }))).toEqual([1, 2]);
  });

  it("falls linearly so that the step after the last would have rate 0", () => {
    const rates = [3, 7, 10].map((step) => learningRateAt(step, { ...base, decay: "linear" }));
    expect(rates).toEqual([2, 1, 0.25]);
  });

  it("falls by half a cosine, to the floor", () => {
    const at = (step: number) => learningRateAt(step, { ...base, decay: "cosine", floorShare: 0.1 });
    expect(at(3)).toBeCloseTo(2, 12);
    expect(at(7)).toBeCloseTo(2 * (0.1 + 0.9 * 0.5), 12);
    expect(at(11)).toBeCloseTo(0.2, 12);
  });

  it("has no warm-up when the share is 0", () => {
    expect(learningRateAt(1, { ...base, warmupShare: 0, decay: "constant" })).toBe(2);
  });
});
