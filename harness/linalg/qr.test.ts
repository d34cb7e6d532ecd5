import { describe, expect, it } from "vitest";
import { entry, fromRows, identity, zeros } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import { qr } from "./qr.ts";
import {
  distance,
  gaussian,
  golden,
  orthogonalityError,
  type Plain,
  read,
  withSpectrum,
} from "./testing/matrices.ts";

const cases = golden<{ name: string; a: Plain; q: Plain; r: Plain }[]>("qr");

describe("QR", () => {
  it.each(cases)("of the $name matrix equals numpy's with the diagonal of R made positive", ({ a, q, r }) => {
    const result = qr(read(a));
    expect(distance(result.q, read(q))).toBeLessThan(1e-13);
    expect(distance(result.r, read(r))).toBeLessThan(1e-13);
  });

  it("of a 3-4-5 column is known in closed form", () => {
    const { q, r } = qr(
      fromRows([
        [-3, 1],
        [-4, 7],
      ]),
    );
    expect(
      distance(
        q,
        fromRows([
          [-0.6, -0.8],
          [-0.8, 0.6],
        ]),
      ),
    ).toBeLessThan(1e-15);
    expect(
      distance(
        r,
        fromRows([
          [5, -6.2],
          [0, 3.4],
        ]),
      ),
    ).toBeLessThan(1e-15);
  });

  it.each([
    [60, 60],
    [133, 31],
    [31, 133],
    [7, 1],
    [1, 7],
  ])("of a random [%i, %i] matrix is thin, orthonormal, triangular and rebuilds it", (m, n) => {
    const a = gaussian(m, n);
    const { q, r } = qr(a);
    const k = Math.min(m, n);
    expect([q.rows, q.cols, r.rows, r.cols]).toEqual([m, k, k, n]);
    expect(orthogonalityError(q)).toBeLessThan(1e-13);
    expect(distance(multiply(q, r), a)).toBeLessThan(1e-14);
    for (let i = 0; i < k; i++) {
      expect(entry(r, i, i)).toBeGreaterThanOrEqual(0);
      for (let j = 0; j < i; j++) expect(entry(r, i, j)).toBe(0);
    }
  });

  it.each([
    ["zero", zeros(9, 4)],
    ["of rank 2", withSpectrum(9, 6, [3, 1])],
    ["the identity", identity(5)],
  ])("stays orthonormal where the matrix is %s", (_, a) => {
    const { q, r } = qr(a);
    expect(orthogonalityError(q)).toBeLessThan(1e-14);
    expect(distance(multiply(q, r), a)).toBeLessThan(1e-14);
  });
});
