import { describe, expect, it } from "vitest";
import { cholesky, inverseSpd, solveLower, solveLowerTransposed, solveSpd } from "./cholesky.ts";
import { add, fromRows, identity, scale, transpose } from "./matrix.ts";
import { multiply, multiplyABt, rowGram } from "./multiply.ts";
import { distance, gaussian, golden, type Plain, read } from "./testing/matrices.ts";

const file = golden<{ a: Plain; b: Plain; l: Plain; x: Plain; inverse: Plain }>("cholesky");

describe("positive definite systems", () => {
  it("equal numpy's factor, solution and inverse", () => {
    const a = read(file.a);
    expect(distance(cholesky(a), read(file.l))).toBeLessThan(1e-14);
    expect(distance(solveSpd(a, read(file.b)), read(file.x))).toBeLessThan(1e-12);
    expect(distance(inverseSpd(a), read(file.inverse))).toBeLessThan(1e-12);
  });

  it("of 2 x 2 are known in closed form", () => {
    const a = fromRows([
      [4, 2],
      [2, 10],
    ]);
    expect(cholesky(a)).toEqual(
      fromRows([
        [2, 0],
        [1, 3],
      ]),
    );
    expect(
      distance(
        inverseSpd(a),
        scale(
          fromRows([
            [10, -2],
            [-2, 4],
          ]),
          1 / 36,
        ),
      ),
    ).toBeLessThan(1e-15);
  });

  it("are solved by the two triangles, and the inverse is exactly symmetric", () => {
    const a = add(rowGram(gaussian(60, 60)), scale(identity(60), 5));
    const l = cholesky(a);
    const b = gaussian(60, 4, "b");
    expect(distance(multiply(l, solveLower(l, b)), b)).toBeLessThan(1e-13);
    expect(distance(multiply(transpose(l), solveLowerTransposed(l, b)), b)).toBeLessThan(1e-13);
    const inverse = inverseSpd(a);
    expect(transpose(inverse)).toEqual(inverse);
    expect(distance(multiply(a, inverse), identity(60))).toBeLessThan(1e-12);
  });

  it.each([
    [
      "indefinite",
      fromRows([
        [1, 2],
        [2, 1],
      ]),
      "pivot 1",
    ],
    ["singular", multiplyABt(fromRows([[0.1], [0.3]]), fromRows([[0.1], [0.3]])), "pivot 1"],
    ["zero", fromRows([[0]]), "pivot 0"],
  ])("refuse an %s matrix, naming the pivot", (_, a, pivot) => {
    expect(() => cholesky(a, { name: "input covariance" })).toThrow(
      /input covariance \[\d, \d\]: the matrix is not positive/,
    );
    expect(() => cholesky(a)).toThrow(pivot);
  });
});
