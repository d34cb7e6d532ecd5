import { describe, expect, it } from "vitest";
import { fromRows } from "./matrix.ts";
import { columnSigns, descending, fixSigns } from "./signs.ts";

describe("the sign rule", () => {
  it("makes the entry of largest magnitude of each column positive", () => {
    const a = fromRows([
      [1, -5, 0],
      [-3, 2, 0],
    ]);
    expect([...columnSigns(a)]).toEqual([-1, -1, 1]);
    expect(fixSigns(a).matrix).toEqual(
      fromRows([
        [-1, 5, 0],
        [3, -2, 0],
      ]),
    );
  });

  it("lets the first of equal magnitudes decide, even where rounding made a later one larger", () => {
    const half = Math.SQRT1_2;
    expect([...columnSigns(fromRows([[half], [-half - 1e-15]]))]).toEqual([1]);
    expect([...columnSigns(fromRows([[-half], [half + 1e-15]]))]).toEqual([-1]);
  });

  it("keeps the order of equal values", () => {
    expect([...descending(new Float64Array([2, 5, 2, 7]))]).toEqual([3, 1, 0, 2]);
  });
});
