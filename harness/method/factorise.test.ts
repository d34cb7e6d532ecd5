import { describe, expect, it } from "vitest";
import { type Matrix, matrixFrom, scaleRows } from "#harness/linalg/matrix.ts";
import { svd } from "#harness/linalg/svd.ts";
import { stream } from "#harness/random/stream.ts";
import { type Factors, weightedFactors } from "./factorise.ts";

const random = stream(14, "factorise");
const gaussian = (rows: number, cols: number): Matrix =>
  matrixFrom(
    rows,
    cols,
    Array.from({ length: rows * cols }, () => random.normal()),
  );

/** sum_ij f_i (W - A B)_ij^2, by explicit loops. */
function weightedError(w: Matrix, { a, b }: Factors, f?: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < w.rows; i++) {
    for (let j = 0; j < w.cols; j++) {
      let product = 0;
      for (let k = 0; k < a.cols; k++)
        product += (a.data[i * a.cols + k] as number) * (b.data[k * w.cols + j] as number);
      total += (f?.[i] ?? 1) * ((w.data[i * w.cols + j] as number) - product) ** 2;
    }
  }
  return total;
}

const gap = (x: Matrix, y: Matrix) =>
  Math.max(...x.data.map((value, i) => Math.abs(value - (y.data[i] as number))));

describe("weightedFactors", () => {
  const w = gaussian(18, 14);
  const f = Float64Array.from({ length: 18 }, () => Math.exp(2 * random.normal()));
  const roots = f.map(Math.sqrt);
  const plain = weightedFactors(w, { rank: 4, balance: "none" });
  const weighted = weightedFactors(w, { rank: 4, balance: "none", rows: roots });

  it("with constant importance gives plain SVD's factors, and a scale of the importances changes nothing", () => {
    const constant = weightedFactors(w, { rank: 4, balance: "none", rows: new Float64Array(18).fill(3) });
    expect(gap(constant.a, plain.a)).toBeLessThan(1e-12);
    expect(gap(constant.b, plain.b)).toBeLessThan(1e-12);
    const scaled = weightedFactors(w, {
      rank: 4,
      balance: "none",
      rows: roots.map((s) => s * Math.sqrt(1e6)),
    });
    expect(gap(scaled.a, weighted.a)).toBeLessThan(1e-10);
    expect(gap(scaled.b, weighted.b)).toBeLessThan(1e-10);
  });

  it("the weighted error is the sum of squared trailing singular values of diag(s) W", () => {
    const trailing = svd(scaleRows(w, roots))
      .s.slice(4)
      .reduce((sum, s) => sum + s * s, 0);
    expect(weightedError(w, weighted, f)).toBeCloseTo(trailing, 8);
  });

  it("no perturbation of A or B lowers the weighted error", () => {
    const best = weightedError(w, weighted, f);
    for (let trial = 0; trial < 50; trial++) {
      const size = 10 ** (-1 - (trial % 4));
      const moved = (m: Matrix): Matrix => ({
        ...m,
        data: m.data.map((value) => value + size * random.normal()),
      });
      expect(weightedError(w, { a: moved(weighted.a), b: weighted.b }, f)).toBeGreaterThan(best);
      expect(weightedError(w, { a: weighted.a, b: moved(weighted.b) }, f)).toBeGreaterThan(best);
    }
  });

  it("its weighted error is at most plain SVD's, its plain error at least plain SVD's", () => {
    expect(weightedError(w, weighted, f)).toBeLessThan(weightedError(w, plain, f));
    expect(weightedError(w, weighted)).toBeGreaterThan(weightedError(w, plain));
  });

  it("B B^T = I, and full rank reproduces W", () => {
    for (let p = 0; p < 4; p++) {
      for (let q = 0; q < 4; q++) {
        let dot = 0;
        for (let j = 0; j < 14; j++)
          dot += (weighted.b.data[p * 14 + j] as number) * (weighted.b.data[q * 14 + j] as number);
        expect(dot).toBeCloseTo(p === q ? 1 : 0, 10);
      }
    }
    const full = weightedFactors(w, { rank: 14, balance: "sqrt", rows: roots });
    expect(weightedError(w, full)).toBeLessThan(1e-18);
  });

  it("balanced factors have the same product, and equal norms of matching directions when nothing is weighted", () => {
    const balanced = weightedFactors(w, { rank: 4, balance: "sqrt" });
    expect(weightedError(w, balanced)).toBeCloseTo(weightedError(w, plain), 8);
    for (let k = 0; k < 4; k++) {
      let [a, b] = [0, 0];
      for (let i = 0; i < 18; i++) a += (balanced.a.data[i * 4 + k] as number) ** 2;
      for (let j = 0; j < 14; j++) b += (balanced.b.data[k * 14 + j] as number) ** 2;
      expect(a).toBeCloseTo(b, 10);
    }
  });
});
