import { describe, expect, it } from "vitest";
import { stream } from "#harness/random/stream.ts";
import { scaleColumns, subtract, transpose, zeros } from "./matrix.ts";
import { multiply, multiplyABt, multiplyAtB } from "./multiply.ts";
import { sumOfSquares } from "./norms.ts";
import { randomisedSvd, rangeFinder } from "./range-finder.ts";
import { distance, gaussian, largestGap, orthogonalityError, withSpectrum } from "./testing/matrices.ts";

const random = () => stream(1, "range");

describe("the range finder", () => {
  it("finds the whole range of a matrix of low rank", () => {
    const a = withSpectrum(60, 45, [7, 3, 2, 0.5]);
    const { basis } = rangeFinder(a, 4, { stream: random(), powerIterations: 0 });
    expect(orthogonalityError(basis)).toBeLessThan(1e-14);
    expect(distance(multiply(basis, multiplyAtB(basis, a)), a)).toBeLessThan(1e-12);
  });

  it("loses less with every power iteration, and never less than the trailing sum", () => {
    const s = Array.from({ length: 80 }, (_, i) => 1 / Math.sqrt(i + 1));
    const a = withSpectrum(80, 100, s);
    const lost = [0, 1, 4].map((powerIterations) => {
      const { basis } = rangeFinder(a, 10, { stream: random(), powerIterations });
      return sumOfSquares(subtract(a, multiply(basis, multiplyAtB(basis, a))));
    });
    const least = s.slice(10).reduce((sum, x) => sum + x * x, 0);
    expect(lost[1]).toBeLessThan(lost[0] as number);
    expect(lost[2]).toBeLessThan(lost[1] as number);
    expect(lost[2]).toBeGreaterThan(least);
    expect(lost[2]).toBeLessThan(least * 1.02);
  });

  it("clips a size above the shorter side and says so; a zero matrix still has an orthonormal basis", () => {
    const { basis, clipped } = rangeFinder(zeros(9, 6), 20, { stream: random() });
    expect([basis.rows, basis.cols, clipped]).toEqual([9, 6, true]);
    expect(orthogonalityError(basis)).toBeLessThan(1e-14);
  });
});

describe("the randomised SVD", () => {
  it("rebuilds a matrix of low rank, tall or wide", () => {
    const tall = withSpectrum(50, 30, [6, 5, 4]);
    for (const a of [tall, transpose(tall)]) {
      const { u, s, v, capturedFraction } = randomisedSvd(a, 3, { stream: random() });
      expect(largestGap(s, [6, 5, 4])).toBeLessThan(1e-12);
      expect(distance(multiplyABt(scaleColumns(u, s), v), a)).toBeLessThan(1e-12);
      expect(capturedFraction).toBeCloseTo(1, 12);
    }
  });

  it("has orthonormal factors of the clipped rank", () => {
    const { u, v, rank, clipped } = randomisedSvd(gaussian(12, 7), 9, { stream: random() });
    expect([rank, clipped, u.cols, v.cols]).toEqual([7, true, 7, 7]);
    expect(orthogonalityError(u)).toBeLessThan(1e-13);
    expect(orthogonalityError(v)).toBeLessThan(1e-13);
  });
});
