import { describe, expect, it } from "vitest";
import { fromRows, scale } from "./matrix.ts";
import { columnNorms, frobeniusNorm, maxAbs, powerOfTwoScale, rowNorms } from "./norms.ts";

const a = fromRows([
  [3, 0, -4],
  [0, 12, 0],
]);

describe("norms", () => {
  it("are those of a 3-4-5 triangle", () => {
    expect(frobeniusNorm(a)).toBe(13);
    expect([...rowNorms(a)]).toEqual([5, 12]);
    expect([...columnNorms(a)]).toEqual([3, 12, 4]);
    expect(maxAbs(a)).toBe(12);
  });

  it.each([1e200, 1e-200])("neither overflow nor vanish for entries of size %d", (size) => {
    expect(frobeniusNorm(scale(a, size)) / size).toBeCloseTo(13, 12);
    expect((rowNorms(scale(a, size))[0] as number) / size).toBeCloseTo(5, 12);
  });

  it("are 0 for a zero matrix", () => {
    expect(frobeniusNorm(scale(a, 0))).toBe(0);
  });

  it("scale the largest entry exactly into [1, 2)", () => {
    for (const size of [1, 1.999, 2, 1e-320, 5e300, 2 ** -40]) {
      const largest = size * powerOfTwoScale(fromRows([[size, 0]]));
      // A subnormal number cannot be raised all the way by one finite power of two.
      if (size > 1e-300) expect(largest).toBeGreaterThanOrEqual(1);
      expect(largest).toBeLessThan(2);
    }
  });
});
