import { describe, expect, it } from "vitest";
import { stream } from "#harness/random/stream.ts";
import { groupMask, keptInGroups, magnitudeMask } from "./masks.ts";

describe("magnitudeMask", () => {
  it("removes exactly floor(p N) of the smallest, the first of equal ones", () => {
    expect([...magnitudeMask([3, -1, 2, -2, 0.5, 4, -0.1], 0.5)]).toEqual([1, 0, 1, 1, 0, 1, 0]);
    expect([...magnitudeMask([1, -1, 1, 1], 0.5)]).toEqual([0, 0, 1, 1]);
    expect([...magnitudeMask([1, 2], 0)]).toEqual([1, 1]);
  });
});

describe("groupMask", () => {
  const random = stream(1, "masks");

  it("keeps the N largest of each M consecutive inputs of an output: groups run down the columns of [in, out]", () => {
    // Column 0: 1 5 -9 2 | 4 3; column 1: 8 7 6 -5 | 0 1.
    const values = [1, 8, 5, 7, -9, 6, 2, -5, 4, 0, 3, 1];
    expect([...groupMask(values, 6, 2, 2, 4)]).toEqual([0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1]);
    expect([...groupMask(values, 6, 2, 1, 4)]).toEqual([0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1]);
  });

  it("every full group has exactly N ones, ties included, and the count agrees with the formula", () => {
    for (const [fanIn, fanOut, n, m] of [
      [16, 5, 2, 4],
      [18, 3, 1, 8],
      [7, 4, 3, 4],
      [8, 2, 4, 4],
    ] as const) {
      const values = Array.from({ length: fanIn * fanOut }, () => random.integer(3) - 1);
      const mask = groupMask(values, fanIn, fanOut, n, m);
      for (let out = 0; out < fanOut; out++) {
        for (let start = 0; start + m <= fanIn; start += m) {
          let ones = 0;
          for (let i = start; i < start + m; i++) ones += mask[i * fanOut + out] as number;
          expect(ones).toBe(n);
        }
      }
      expect(mask.reduce((sum, bit) => sum + bit, 0)).toBe(keptInGroups(fanIn, fanOut, n, m));
    }
  });
});
