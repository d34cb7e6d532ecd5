// Initial values against what defines them: bounds, orthogonality, evenness over rotations.
import { expect, it } from "vitest";
import { stream } from "#harness/random/stream.ts";
import { orthogonal, xavierUniform } from "./init.ts";

it("an orthogonal start has Q^T Q = I to float32, another matrix for each draw, and entries of either sign alike", () => {
  const size = 16;
  const random = stream(1, "orthogonal");
  const [first, second] = [orthogonal(size, random), orthogonal(size, random)];
  for (const q of [first, second]) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        let dot = 0;
        for (let row = 0; row < size; row++) dot += (q[row * size + i] ?? 0) * (q[row * size + j] ?? 0);
        expect(Math.abs(dot - (i === j ? 1 : 0))).toBeLessThan(1e-6);
      }
    }
  }
  expect(first).not.toEqual(second);
  // A decomposition without the sign of R would leave the first row of Q with one sign.
  const corners = Array.from({ length: 200 }, () => orthogonal(3, random)[0] ?? 0);
  const positive = corners.filter((value) => value > 0).length;
  expect(positive).toBeGreaterThan(60);
  expect(positive).toBeLessThan(140);
});

it("Xavier's uniform start has the variance 2 / (fanIn + fanOut) and its bound", () => {
  const values = xavierUniform(40, 60, stream(2, "xavier"));
  const bound = Math.sqrt(6 / 100);
  expect(values).toHaveLength(2400);
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
  expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(0.99 * bound);
  const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  expect(Math.abs(variance / (2 / 100) - 1)).toBeLessThan(0.1);
});
