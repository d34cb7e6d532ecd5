import { describe, expect, it } from "vitest";
import { dctMatrix, dctRows, inverseDctRows } from "./dct.ts";
import { hadamardMatrix, hadamardRows } from "./hadamard.ts";
import { kronecker, kroneckerApply } from "./kronecker.ts";
import { entry, fromRows, identity, matrixFrom, transpose } from "./matrix.ts";
import { multiply, multiplyABt } from "./multiply.ts";
import { distance, gaussian, golden, type Plain, read } from "./testing/matrices.ts";

const file =
  golden<Record<"a" | "b" | "kronecker" | "signal" | "dct" | "short" | "hadamard", Plain>>("transforms");

describe("the Kronecker product", () => {
  it("equals numpy's", () => {
    expect(distance(kronecker(read(file.a), read(file.b)), read(file.kronecker))).toBe(0);
  });

  it("is applied to a matrix read row by row without being written out", () => {
    const [a, b, x] = [gaussian(3, 5, "a"), gaussian(4, 2, "b"), gaussian(5, 2, "x")];
    const written = multiply(kronecker(a, b), matrixFrom(10, 1, x.data));
    expect(distance(matrixFrom(3, 4, written.data), kroneckerApply(a, b, x))).toBeLessThan(1e-14);
  });
});

describe("the discrete cosine transform", () => {
  it("equals scipy's orthonormal type II", () => {
    expect(distance(dctRows(read(file.signal)), read(file.dct))).toBeLessThan(1e-14);
  });

  it.each([1, 2, 7, 64, 300])("of size %i is an orthogonal matrix whose inverse is its transpose", (n) => {
    const q = dctMatrix(n);
    expect(distance(multiplyABt(q, q), identity(n))).toBeLessThan(1e-13);
    expect(entry(q, 0, n - 1)).toBeCloseTo(1 / Math.sqrt(n), 15);
    const a = gaussian(3, n);
    expect(distance(inverseDctRows(dctRows(a, q), q), a)).toBeLessThan(1e-14);
  });

  it("puts a constant row wholly in its first coefficient", () => {
    expect(distance(dctRows(fromRows([[3, 3, 3, 3]])), fromRows([[6, 0, 0, 0]]))).toBeLessThan(1e-15);
  });
});

describe("the Hadamard transform", () => {
  it("equals scipy's matrix", () => {
    expect(distance(hadamardRows(read(file.short)), read(file.hadamard))).toBeLessThan(1e-15);
  });

  it("is symmetric and its own inverse", () => {
    const h = hadamardMatrix(16);
    expect(transpose(h)).toEqual(h);
    expect(distance(multiply(h, h), identity(16))).toBe(0);
  });

  it("refuses a width that is no power of two", () => {
    expect(() => hadamardRows(gaussian(2, 12))).toThrow("not a power of two");
  });
});
