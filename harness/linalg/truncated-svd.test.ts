import { describe, expect, it } from "vitest";
import { stream } from "#harness/random/stream.ts";
import {
  columnSlice,
  type Matrix,
  matrixFrom,
  scale,
  scaleColumns,
  subtract,
  transpose,
  zeros,
} from "./matrix.ts";
import { multiply, multiplyABt, multiplyAtB } from "./multiply.ts";
import { sumOfSquares } from "./norms.ts";
import { columnSigns } from "./signs.ts";
import {
  distance,
  gaussian,
  golden,
  largestGap,
  noise,
  orthogonalityError,
  withSpectrum,
} from "./testing/matrices.ts";
import { leadingSubspace, truncatedSvd } from "./truncated-svd.ts";

const flat = golden<{ rows: number; cols: number; s: number[]; trailing: Record<string, number> }[]>("noise");
const { leading } = golden<{
  leading: {
    rows: number;
    cols: number;
    rank: number;
    s: number[];
    left_row_0: number[];
    right_row_0: number[];
    residual: number;
  };
}>("svd");

/** The integer matrix of scripts/golden/linalg.py. */
const integers = (rows: number, cols: number): Matrix =>
  matrixFrom(
    rows,
    cols,
    Array.from({ length: rows * cols }, (_, at) => {
      const [i, j] = [Math.floor(at / cols), at % cols];
      return ((31 * i * i + 17 * j * j + 7 * i * j) % 101) / 101 - 0.5;
    }),
  );

/** ||A - P P^T A||_F^2 (left) or ||A - A P P^T||_F^2, computed from its definition. */
function residual(a: Matrix, basis: Matrix, side: "left" | "right"): number {
  const kept =
    side === "left" ? multiply(basis, multiplyAtB(basis, a)) : multiplyABt(multiply(a, basis), basis);
  return sumOfSquares(subtract(a, kept));
}

describe("the leading subspace", () => {
  const settings = flat.flatMap(({ rows, cols, s, trailing }) =>
    Object.entries(trailing).map(([rank, sum]) => ({ rows, cols, s, rank: Number(rank), sum })),
  );

  it.each(settings)(
    "of $rows x $cols noise at rank $rank leaves numpy's trailing sum, within 3e-4",
    (setting) => {
      const { rows, cols, s, rank, sum } = setting;
      const a = noise(rows, cols);
      const side = rows <= cols ? "left" : "right";
      const found = leadingSubspace(a, rank, { side });
      expect(found.path).toBe("iterative");
      expect(orthogonalityError(found.basis)).toBeLessThan(1e-13);
      const excess = residual(a, found.basis, side) / sum - 1;
      expect(excess).toBeGreaterThan(-1e-12);
      expect(excess).toBeLessThan(3e-4);
      expect(1 - found.capturedFraction).toBeCloseTo(residual(a, found.basis, side) / sumOfSquares(a), 12);
      // Ritz values approach the singular values from below.
      for (let i = 0; i < rank; i++) expect(found.s[i]).toBeLessThan((s[i] as number) * (1 + 1e-14));
      expect(found.s[0]).toBeGreaterThan((s[0] as number) * 0.99);
    },
  );

  it.each(["left", "right"] as const)(
    "on the %s equals numpy's projector when the tolerance is tight",
    (side) => {
      const { rows, cols, rank, s, left_row_0, right_row_0 } = leading;
      const a = integers(rows, cols);
      for (const options of [{ mode: "exact" }, { mode: "iterative", tolerance: 1e-13 }] as const) {
        const { basis, s: found, path } = leadingSubspace(a, rank, { side, ...options });
        expect(path).toBe(options.mode);
        const row = multiplyABt(matrixFrom(1, rank, basis.data.slice(0, rank)), basis);
        expect(largestGap(row.data, side === "left" ? left_row_0 : right_row_0)).toBeLessThan(1e-6);
        expect(largestGap(found, s.slice(0, rank))).toBeLessThan(1e-11);
      }
    },
  );

  const spectra: [string, number, number[]][] = [
    ["of a power law", 120, Array.from({ length: 120 }, (_, i) => 1 / (i + 1))],
    ["that falls slowly", 120, Array.from({ length: 120 }, (_, i) => (i + 1) ** -0.25)],
    ["that falls exponentially", 120, Array.from({ length: 120 }, (_, i) => Math.exp(-i / 4))],
    ["in steps of 20 equal values", 120, Array.from({ length: 120 }, (_, i) => 10 ** -Math.floor(i / 20))],
    ["in low steps of 7 equal values", 120, Array.from({ length: 120 }, (_, i) => 1.2 ** -Math.floor(i / 7))],
    ["of 100 equal values and a floor", 120, Array.from({ length: 120 }, (_, i) => (i < 100 ? 1 : 0.1))],
    ["of equal values throughout", 100, new Array<number>(100).fill(3)],
    ["of rank 40", 120, Array.from({ length: 40 }, (_, i) => 1 / (i + 1))],
  ];
  it.each(spectra)("of a spectrum %s leaves the known trailing sum within the tolerance", (_, size, s) => {
    for (const rank of [1, 8, 24]) {
      const sum = s.slice(rank).reduce((total, x) => total + x * x, 0);
      const a = withSpectrum(size, size + 30, s);
      const { basis } = leadingSubspace(a, rank, { side: "left", mode: "iterative", tolerance: 3e-4 });
      const excess = residual(a, basis, "left") - sum;
      expect(excess).toBeLessThan(3e-4 * sum);
      expect(excess).toBeGreaterThan(-1e-13 * s.length * (s[0] as number) ** 2);
      expect(orthogonalityError(basis)).toBeLessThan(1e-13);
    }
  });
});

describe("a truncated decomposition", () => {
  it.each(["auto", "exact", "iterative"] as const)(
    "clips a rank above the shorter side and says so (%s)",
    (mode) => {
      const a = gaussian(48, 80);
      const { rank, clipped, u, s, v, capturedFraction } = truncatedSvd(a, 60, { mode });
      expect([rank, clipped, u.cols, s.length, v.cols]).toEqual([48, true, 48, 48, 48]);
      expect(capturedFraction).toBeCloseTo(1, 13);
      expect(distance(multiplyABt(scaleColumns(u, s), v), a)).toBeLessThan(1e-12);
      expect(truncatedSvd(a, 48, { mode }).clipped).toBe(false);
    },
  );

  it.each(["exact", "iterative"] as const)(
    "has orthonormal factors where the matrix lacks the rank (%s)",
    (mode) => {
      const single = zeros(80, 70);
      single.data[71] = -4;
      for (const a of [
        withSpectrum(90, 70, [5, 2, 1]),
        withSpectrum(70, 90, [5, 2, 1]),
        zeros(70, 80),
        single,
      ]) {
        const { u, s, v, capturedFraction } = truncatedSvd(a, 10, { mode });
        expect(orthogonalityError(u)).toBeLessThan(1e-13);
        expect(orthogonalityError(v)).toBeLessThan(1e-13);
        expect(distance(multiplyABt(scaleColumns(u, s), v), a)).toBeLessThan(1e-12);
        expect(capturedFraction).toBeCloseTo(1, 13);
        expect([...s].every((x) => x >= 0)).toBe(true);
      }
    },
  );

  it.each([1e-180, 1e180])("is the same at entries of size %d", (size) => {
    const a = gaussian(80, 100);
    const plain = truncatedSvd(a, 4, { mode: "iterative" });
    const scaled = truncatedSvd(scale(a, size), 4, { mode: "iterative" });
    expect(
      largestGap(
        scaled.s.map((x) => x / size),
        plain.s,
      ),
    ).toBeLessThan(1e-10);
    expect(scaled.capturedFraction).toBeCloseTo(plain.capturedFraction, 10);
  });

  it("depends on the matrix alone, to the bit, unless a stream is given", () => {
    const a = gaussian(100, 130);
    const first = truncatedSvd(a, 5);
    expect(first.path).toBe("iterative");
    expect(truncatedSvd(a, 5)).toEqual(first);
    const other = truncatedSvd(a, 5, { stream: stream(3, "other") });
    expect(other.u).not.toEqual(first.u);
    expect(truncatedSvd(a, 5, { stream: stream(3, "other") })).toEqual(other);
  });

  it("agrees across its two paths, signs and order included, where the spectrum has gaps", () => {
    const a = withSpectrum(90, 110, [10, 8, 6, 4, 2, ...new Array<number>(85).fill(0.1)]);
    const exact = truncatedSvd(a, 5, { mode: "exact" });
    const iterative = truncatedSvd(a, 5, { mode: "iterative", tolerance: 1e-12 });
    expect([exact.path, iterative.path]).toEqual(["exact", "iterative"]);
    expect(distance(iterative.u, exact.u)).toBeLessThan(1e-6);
    expect(distance(iterative.v, exact.v)).toBeLessThan(1e-6);
    expect(largestGap(iterative.s, [10, 8, 6, 4, 2])).toBeLessThan(1e-10);
    expect(iterative.capturedFraction).toBeCloseTo(exact.capturedFraction, 12);
    const turned = truncatedSvd(transpose(a), 5, { mode: "iterative", tolerance: 1e-12 });
    expect([...columnSigns(turned.u), ...columnSigns(exact.u)]).toEqual(new Array(10).fill(1));
  });

  it("takes the exact path for a small side or a rank that is not low, the iterative one else", () => {
    expect(truncatedSvd(gaussian(64, 300), 3).path).toBe("exact");
    expect(truncatedSvd(gaussian(70, 90), 15).path).toBe("exact");
    expect(truncatedSvd(gaussian(70, 90), 14).path).toBe("iterative");
  });

  it.each([
    [90, 110, 30],
    [110, 90, 90],
  ])(
    "by the Gram matrix finds a known spectrum of %d x %d at rank %d, small values included",
    (m, n, rank) => {
      const known = Array.from({ length: 90 }, (_, i) => 10 * 0.92 ** i);
      const a = withSpectrum(m, n, known);
      const found = truncatedSvd(a, rank, { mode: "gram" });
      expect(found.path).toBe("gram");
      expect(largestGap(found.s, known.slice(0, rank))).toBeLessThan(1e-12);
      expect(orthogonalityError(found.u)).toBeLessThan(1e-8);
      expect(orthogonalityError(found.v)).toBeLessThan(1e-8);
      const exact = truncatedSvd(a, rank, { mode: "exact" });
      expect(distance(found.u, exact.u)).toBeLessThan(1e-7);
      expect(distance(found.v, exact.v)).toBeLessThan(1e-7);
      const rest = known.slice(rank).reduce((sum, x) => sum + x * x, 0);
      const product = multiplyABt(scaleColumns(found.u, found.s), found.v);
      expect(sumOfSquares(subtract(a, product))).toBeCloseTo(rest, 10);
    },
  );

  it("leaves a spectrum that falls below 1e-4 of its first value to the exact path", () => {
    const a = withSpectrum(70, 90, [1, 0.1, 2e-4, 5e-5]);
    expect(truncatedSvd(a, 3, { mode: "gram" }).path).toBe("gram");
    expect(truncatedSvd(a, 4, { mode: "gram" }).path).toBe("exact");
    expect(truncatedSvd(zeros(3, 4), 2, { mode: "gram" }).path).toBe("exact");
  });

  it("keeps the leading part of the full decomposition on the exact path", () => {
    const a = gaussian(30, 20);
    const { u, s } = truncatedSvd(a, 6);
    const whole = truncatedSvd(a, 20);
    expect(u).toEqual(columnSlice(whole.u, 0, 6));
    expect(s).toEqual(whole.s.slice(0, 6));
  });
});
