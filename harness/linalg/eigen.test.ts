import { describe, expect, it } from "vitest";
import { symmetricEigen, symmetricEigenvalues } from "./eigen.ts";
import { diagonal, fromRows, identity, matrixFrom, scale, scaleColumns, zeros } from "./matrix.ts";
import { multiplyABt, rowGram } from "./multiply.ts";
import {
  distance,
  gaussian,
  golden,
  largestGap,
  orthogonalityError,
  type Plain,
  read,
} from "./testing/matrices.ts";

const cases = golden<{ name: string; a: Plain; values: number[]; vectors?: Plain }[]>("eigen");

describe("the symmetric eigendecomposition", () => {
  it.each(cases)("of the $name matrix equals numpy's", ({ a, values, vectors }) => {
    const result = symmetricEigen(read(a));
    const size = Math.max(...values.map(Math.abs));
    expect(largestGap(result.values, values) / size).toBeLessThan(1e-14);
    if (vectors !== undefined) expect(distance(result.vectors, read(vectors))).toBeLessThan(1e-12);
    expect(
      distance(multiplyABt(scaleColumns(result.vectors, result.values), result.vectors), read(a)),
    ).toBeLessThan(1e-14);
    expect(orthogonalityError(result.vectors)).toBeLessThan(1e-14);
  });

  it("of a diagonal matrix sorts its entries, negative ones last", () => {
    const { values, vectors } = symmetricEigen(diagonal([2, -7, 0, 5]));
    expect([...values]).toEqual([5, 2, 0, -7]);
    expect(vectors).toEqual(
      fromRows([
        [0, 1, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 1, 0],
        [1, 0, 0, 0],
      ]),
    );
  });

  it("of a 2 x 2 matrix equals the closed form", () => {
    const { values, vectors } = symmetricEigen(
      fromRows([
        [2, 1],
        [1, 2],
      ]),
    );
    expect(largestGap(values, [3, 1])).toBeLessThan(1e-15);
    const h = Math.SQRT1_2;
    expect(
      distance(
        vectors,
        fromRows([
          [h, h],
          [h, -h],
        ]),
      ),
    ).toBeLessThan(1e-15);
  });

  it("of the second-difference matrix gives 2 - 2 cos(pi k / (n + 1))", () => {
    const n = 40;
    const a = zeros(n, n);
    for (let i = 0; i < n; i++) {
      a.data[i * n + i] = 2;
      if (i + 1 < n) a.data[i * n + i + 1] = -1;
      if (i > 0) a.data[i * n + i - 1] = -1;
    }
    const exact = Array.from({ length: n }, (_, i) => 2 - 2 * Math.cos((Math.PI * (n - i)) / (n + 1)));
    expect(largestGap(symmetricEigenvalues(a), exact)).toBeLessThan(1e-14);
  });

  it("keeps residual and orthogonality at rounding for 150 x 150, at any scale of the entries", () => {
    for (const size of [1, 1e180, 1e-180]) {
      const a = scale(rowGram(gaussian(150, 170)), size);
      const { values, vectors } = symmetricEigen(a);
      expect(distance(multiplyABt(scaleColumns(vectors, values), vectors), a)).toBeLessThan(1e-14);
      expect(orthogonalityError(vectors)).toBeLessThan(1e-13);
      expect(largestGap(symmetricEigenvalues(a), values) / (values[0] as number)).toBeLessThan(1e-14);
    }
  });

  it("takes the mean across the diagonal, and refuses a matrix that is not symmetric", () => {
    const values = symmetricEigenvalues(
      fromRows([
        [1, 1e-6],
        [0, 1],
      ]),
    );
    expect(largestGap(values, [1 + 5e-7, 1 - 5e-7])).toBeLessThan(1e-15);
    expect(() =>
      symmetricEigen(
        fromRows([
          [1, 2],
          [0, 1],
        ]),
      ),
    ).toThrow("entries (1, 0) and (0, 1) differ");
    expect(() => symmetricEigen(matrixFrom(1, 2, [1, 2]))).toThrow("square");
  });

  it("of a zero or identity matrix is exact", () => {
    expect([...symmetricEigen(zeros(4, 4)).values]).toEqual([0, 0, 0, 0]);
    expect(symmetricEigen(identity(6)).vectors).toEqual(identity(6));
  });
});
