import { describe, expect, it } from "vitest";
import {
  columnSlice,
  diagonal,
  fromRows,
  identity,
  type Matrix,
  matrixFrom,
  scale,
  scaleColumns,
  transpose,
  zeros,
} from "./matrix.ts";
import { multiply, multiplyABt } from "./multiply.ts";
import { fixSigns } from "./signs.ts";
import { singularValues, singularVectors, svd } from "./svd.ts";
import {
  distance,
  gaussian,
  golden,
  largestGap,
  orthogonalityError,
  type Plain,
  read,
  withSpectrum,
} from "./testing/matrices.ts";

const { cases } = golden<{ cases: { name: string; a: Plain; s: number[]; u?: Plain; v?: Plain }[] }>("svd");

/** Upper bidiagonal already: the reduction leaves it alone, and its zeros reach the iteration exactly. */
function bidiagonal(d: readonly number[], e: readonly number[]): Matrix {
  const a = diagonal(d);
  for (const [i, value] of e.entries()) a.data[i * d.length + i + 1] = value;
  return a;
}

function checkFactors(a: Matrix): void {
  const { u, s, v } = svd(a);
  const k = Math.min(a.rows, a.cols);
  expect([u.rows, u.cols, s.length, v.rows, v.cols]).toEqual([a.rows, k, k, a.cols, k]);
  expect(orthogonalityError(u)).toBeLessThan(2e-13);
  expect(orthogonalityError(v)).toBeLessThan(2e-13);
  expect(distance(multiplyABt(scaleColumns(u, s), v), a)).toBeLessThan(2e-14);
  for (let i = 0; i < k; i++) {
    expect(s[i]).toBeGreaterThanOrEqual(0);
    if (i > 0) expect(s[i]).toBeLessThanOrEqual(s[i - 1] as number);
  }
}

describe("the singular value decomposition", () => {
  it.each(cases)("of the $name matrix equals numpy's", ({ a, s, u, v }) => {
    const result = svd(read(a));
    expect(largestGap(result.s, s) / (s[0] as number)).toBeLessThan(2e-15);
    expect(singularValues(read(a)).length).toBe(s.length);
    expect(largestGap(singularValues(read(a)), s) / (s[0] as number)).toBeLessThan(2e-15);
    if (u !== undefined) expect(distance(result.u, read(u))).toBeLessThan(1e-12);
    if (v !== undefined) expect(distance(result.v, read(v))).toBeLessThan(1e-12);
    checkFactors(read(a));
  });

  it("of a diagonal matrix sorts magnitudes and keeps the sign in v", () => {
    const { u, s, v } = svd(diagonal([1, -3, 2]));
    expect([...s]).toEqual([3, 2, 1]);
    expect(
      distance(
        u,
        fromRows([
          [0, 0, 1],
          [1, 0, 0],
          [0, 1, 0],
        ]),
      ),
    ).toBe(0);
    expect(
      distance(
        v,
        fromRows([
          [0, 0, 1],
          [-1, 0, 0],
          [0, 1, 0],
        ]),
      ),
    ).toBe(0);
  });

  it("of a rotation has singular values 1", () => {
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    expect(
      largestGap(
        singularValues(
          fromRows([
            [c, -s],
            [s, c],
          ]),
        ),
        [1, 1],
      ),
    ).toBeLessThan(1e-15);
  });

  it("of a rank-one matrix is the outer product of its normalised factors", () => {
    const x = [1, -2, 2];
    const y = [0, 3, 0, -4];
    const { u, s, v } = svd(
      matrixFrom(
        3,
        4,
        x.flatMap((xi) => y.map((yj) => xi * yj)),
      ),
    );
    expect(largestGap(s, [15, 0, 0])).toBeLessThan(1e-14);
    expect(distance(columnSlice(u, 0, 1), matrixFrom(3, 1, [-1 / 3, 2 / 3, -2 / 3]))).toBeLessThan(1e-14);
    expect(distance(columnSlice(v, 0, 1), matrixFrom(4, 1, [0, -0.6, 0, 0.8]))).toBeLessThan(1e-14);
  });

  it("of the 4 x 4 Hilbert matrix has the known spectrum", () => {
    const hilbert = fromRows([0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => 1 / (i + j + 1))));
    // Determinant 1 / 6048000 and trace 176 / 105 are exact; the matrix is positive definite.
    const s = singularValues(hilbert);
    expect(s.reduce((x, y) => x + y, 0)).toBeCloseTo(176 / 105, 14);
    expect(s.reduce((x, y) => x * y, 1) * 6048000).toBeCloseTo(1, 11);
  });

  it.each([
    [1, 1],
    [1, 6],
    [6, 1],
    [64, 64],
    [90, 40],
    [40, 90],
    [101, 100],
  ])("of a random [%i, %i] matrix is thin, orthonormal, sorted and rebuilds it", (m, n) =>
    checkFactors(gaussian(m, n)),
  );

  it.each([
    ["zero", zeros(6, 9)],
    [
      "nilpotent",
      fromRows([
        [0, 1, 0],
        [0, 0, 1],
        [0, 0, 0],
      ]),
    ],
    ["the identity", identity(12)],
    ["of rank 5 in 50 x 40", withSpectrum(50, 40, [9, 4, 4, 1, 1e-9])],
    [
      "with a zero row and column",
      fromRows([
        [0, 0, 0],
        [0, 1, 2],
        [0, 3, 4],
      ]),
    ],
    ["bidiagonal with a zero inside of its diagonal", bidiagonal([1, 0, 3, 4, 5], [2, 5, 6, 1])],
    ["bidiagonal with a zero at the start and the end", bidiagonal([0, 2, 3, 0], [2, 5, 6])],
    ["of huge entries", scale(gaussian(20, 15), 1e250)],
    ["of tiny entries", scale(gaussian(20, 15), 1e-250)],
    ["with every singular value equal", withSpectrum(30, 30, new Array(30).fill(2))],
  ])("keeps its factors where the matrix is %s", (_, a) => checkFactors(a));

  it("has 0 at the end of the spectrum of a matrix without full rank", () => {
    const s = singularValues(withSpectrum(50, 40, [9, 4, 4, 1]));
    expect(largestGap(s.slice(0, 4), [9, 4, 4, 1])).toBeLessThan(1e-14);
    expect(s[4]).toBeLessThan(1e-14);
  });

  it("gives the same vectors for one side alone, up to the rule that fixes signs on that side", () => {
    for (const a of [gaussian(30, 20), gaussian(20, 30), gaussian(25, 25)]) {
      const whole = svd(a);
      const left = singularVectors(a, "left");
      const right = singularVectors(a, "right");
      expect(distance(left.vectors, whole.u)).toBeLessThan(1e-12);
      expect(distance(right.vectors, fixSigns(whole.v).matrix)).toBeLessThan(1e-12);
      expect(largestGap(right.s, whole.s)).toBeLessThan(1e-13);
    }
  });

  it("fixes signs so that the transpose gives the same pairs", () => {
    const a = gaussian(14, 9);
    const turned = svd(transpose(a));
    const { u, v } = svd(a);
    expect(distance(turned.u, fixSigns(v).matrix)).toBeLessThan(1e-12);
    expect(distance(fixSigns(turned.v).matrix, u)).toBeLessThan(1e-12);
    expect(fixSigns(u).matrix).toEqual(u);
  });

  it("holds the Eckart-Young identity: what rank r leaves is the sum of trailing squares", () => {
    const a = gaussian(40, 30);
    const { u, s } = svd(a);
    const p = columnSlice(u, 0, 7);
    const rest = distance(multiply(p, multiply(transpose(p), a)), a) ** 2;
    const squares = [...s].map((x) => x * x);
    const total = squares.reduce((x, y) => x + y, 0);
    expect(rest).toBeCloseTo(squares.slice(7).reduce((x, y) => x + y, 0) / total, 14);
  });
});
