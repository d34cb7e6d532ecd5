import { describe, expect, it } from "vitest";
import { stream } from "./stream.ts";

describe("stream", () => {
  it("gives the same numbers for the same seed and name, whatever was drawn elsewhere before", () => {
    const alone = Array.from({ length: 5 }, stream(7, "shots").uniform);
    const other = stream(7, "init");
    for (let i = 0; i < 100; i++) other.uniform();
    expect(Array.from({ length: 5 }, stream(7, "shots").uniform)).toEqual(alone);
  });

  it("gives other numbers for another name, another seed, and for seed 0 as for any seed", () => {
    const first = (seed: number, ...names: string[]) => stream(seed, ...names).uniform();
    const values = [first(0, "a"), first(1, "a"), first(0, "b"), first(0, "a", "b"), first(0)];
    expect(new Set(values).size).toBe(values.length);
  });

  it("draws uniforms whose moments are those of U(0, 1)", () => {
    const random = stream(1, "uniform");
    const n = 200_000;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const x = random.uniform();
      expect(x >= 0 && x < 1).toBe(true);
      sum += x;
      squares += x * x;
    }
    // Standard errors: 0.00065 of the mean, 0.00067 of the second moment; the bounds are four of them.
    expect(Math.abs(sum / n - 1 / 2)).toBeLessThan(0.0026);
    expect(Math.abs(squares / n - 1 / 3)).toBeLessThan(0.0027);
  });

  it("draws normals with mean 0, variance 1 and kurtosis 3", () => {
    const random = stream(2, "normal");
    const n = 200_000;
    const moments = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      const x = random.normal();
      moments[0] = (moments[0] ?? 0) + x / n;
      moments[1] = (moments[1] ?? 0) + x ** 2 / n;
      moments[2] = (moments[2] ?? 0) + x ** 4 / n;
    }
    expect(Math.abs(moments[0] ?? 9)).toBeLessThan(0.009);
    expect(Math.abs((moments[1] ?? 9) - 1)).toBeLessThan(0.0127);
    expect(Math.abs((moments[2] ?? 9) - 3)).toBeLessThan(0.09);
  });

  it("permutes without loss, and each position sees each item about equally often", () => {
    const counts = new Int32Array(16);
    const random = stream(3, "permutation");
    const rounds = 8000;
    for (let round = 0; round < rounds; round++) {
      const order = random.permutation(4);
      expect([...order].sort()).toEqual([0, 1, 2, 3]);
      for (const [place, item] of order.entries())
        counts[place * 4 + item] = (counts[place * 4 + item] ?? 0) + 1;
    }
    // Binomial with p = 1/4: standard deviation 39 of 2000; five of them.
    for (const count of counts) expect(Math.abs(count - rounds / 4)).toBeLessThan(195);
  });
});
