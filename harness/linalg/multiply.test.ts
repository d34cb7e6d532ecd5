import { describe, expect, it } from "vitest";
import { fromRows, type Matrix, transpose, zeros } from "./matrix.ts";
import { columnGram, multiply, multiplyABt, multiplyAtB, rowGram, subtractProduct } from "./multiply.ts";
import { gaussian } from "./testing/matrices.ts";

/** The definition, summed in index order. */
function naive(a: Matrix, b: Matrix): Matrix {
  const c = zeros(a.rows, b.cols);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.cols; j++) {
      let sum = 0;
      for (let k = 0; k < a.cols; k++)
        sum += (a.data[i * a.cols + k] as number) * (b.data[k * b.cols + j] as number);
      c.data[i * b.cols + j] = sum;
    }
  }
  return c;
}

describe("matrix products", () => {
  it.each([
    [1, 1, 1],
    [4, 4, 4],
    [5, 7, 3],
    [8, 6, 9],
    [3, 2, 11],
    [13, 16, 1],
    [6, 5, 0],
  ])("equal the definition to the bit for [%i, %i] times [., %i], whatever the tiles", (p, k, q) => {
    const a = gaussian(p, k, "a");
    const b = gaussian(k, q, "b");
    const expected = naive(a, b);
    expect(multiply(a, b)).toEqual(expected);
    expect(multiplyABt(a, transpose(b))).toEqual(expected);
    expect(multiplyAtB(transpose(a), b)).toEqual(expected);
  });

  it("give Gram matrices that are exactly symmetric and equal the general product", () => {
    const a = gaussian(11, 6);
    const expected = naive(a, transpose(a));
    expect(rowGram(a)).toEqual(expected);
    expect(columnGram(transpose(a))).toEqual(expected);
    expect(transpose(rowGram(a))).toEqual(rowGram(a));
  });

  it("subtract a product in place, with a number of terms that is no multiple of four", () => {
    const h = fromRows([
      [1, 2, 3, 4, 5],
      [0, -1, 0, 2, 0],
    ]);
    const q = fromRows([
      [1, 0],
      [0, 1],
      [1, 1],
      [2, 0],
      [0, 2],
    ]);
    const target = fromRows([
      [100, 100],
      [10, 10],
    ]);
    subtractProduct(target.data, h.data, q.data, { p: 2, d: 5, n: 2, hCols: 5 });
    expect(target).toEqual(
      fromRows([
        [88, 85],
        [6, 11],
      ]),
    );
  });

  it("refuse inner sizes that differ", () => {
    expect(() => multiply(gaussian(2, 3), gaussian(2, 3))).toThrow("inner sizes 3 and 2 differ");
  });
});
