import { describe, expect, it } from "vitest";
import {
  columnSlice,
  diagonal,
  entry,
  fromRows,
  matrixFrom,
  rowSlice,
  scaleColumns,
  scaleRows,
  subtract,
  toFloat32,
  transpose,
} from "./matrix.ts";
import { gaussian } from "./testing/matrices.ts";

describe("a matrix", () => {
  it("copies what it is made from", () => {
    const values = new Float32Array([1, 2, 3, 4]);
    const a = matrixFrom(2, 2, values);
    values[0] = 9;
    expect(entry(a, 0, 0)).toBe(1);
  });

  it("keeps single-precision values exactly on the way in and out", () => {
    const values = new Float32Array([0.1, -3e-40, 1e38, 1 / 3]);
    expect(toFloat32(matrixFrom(1, 4, values))).toEqual(values);
  });

  it("refuses a number of values that is not rows times columns", () => {
    expect(() => matrixFrom(2, 3, [1, 2, 3])).toThrow("a 2 x 3 matrix needs 6 values, got 3");
    expect(() => fromRows([[1, 2], [3]])).toThrow("differ in length");
  });

  it("is transposed entry by entry, also across the edge of a tile", () => {
    const a = gaussian(37, 50);
    const t = transpose(a);
    for (const [i, j] of [
      [0, 0],
      [36, 49],
      [15, 16],
      [16, 15],
      [36, 0],
    ] as const) {
      expect(entry(t, j, i)).toBe(entry(a, i, j));
    }
    expect(transpose(t)).toEqual(a);
  });

  it("gives rows, columns and scaled copies", () => {
    const a = fromRows([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(columnSlice(a, 1, 3)).toEqual(
      fromRows([
        [2, 3],
        [5, 6],
      ]),
    );
    expect(rowSlice(a, 1, 2)).toEqual(fromRows([[4, 5, 6]]));
    expect(scaleRows(a, [2, -1])).toEqual(
      fromRows([
        [2, 4, 6],
        [-4, -5, -6],
      ]),
    );
    expect(scaleColumns(a, [1, 0.5, 2])).toEqual(
      fromRows([
        [1, 1, 6],
        [4, 2.5, 12],
      ]),
    );
    expect(diagonal([1, 2], 2, 3)).toEqual(
      fromRows([
        [1, 0, 0],
        [0, 2, 0],
      ]),
    );
    expect(() => columnSlice(a, 1, 4)).toThrow("not within 0..3");
    expect(() => subtract(a, transpose(a))).toThrow("shapes differ: 2 x 3 and 3 x 2");
  });
});
