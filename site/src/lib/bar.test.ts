import { describe, expect, it } from "vitest";
import { barOf, columnDomain } from "./bar.ts";

const cell = (value: number | null, low?: number, high?: number) => ({
  value,
  bounds: low === undefined || high === undefined ? null : { low, high },
  bySeed: new Map([
    [0, (value ?? 0) - 3],
    [1, (value ?? 0) + 3],
  ]),
});

describe("the bar of a cell", () => {
  it("spans the bounds of all cells of its column, with room for the dot at both ends", () => {
    const cells = [cell(2, 0, 4), cell(10), cell(null)];
    const domain = columnDomain(cells, false);
    expect(domain).toEqual([0, 10]);
    expect(columnDomain(cells, true)).toEqual([-1, 13]);
    expect(barOf(cell(2, 0, 4), [0, 10], 64)).toEqual({ low: 2, mean: 14, high: 26 });
    expect(barOf(cell(10), [0, 10], 64)).toEqual({ low: 62, mean: 62, high: 62 });
    expect(barOf(cell(null), [0, 10], 64)).toBeNull();
  });

  it("is not drawn in a column without any interval", () => {
    expect(columnDomain([cell(1), cell(2)], true)).toBeNull();
    expect(columnDomain([], false)).toBeNull();
  });
});
