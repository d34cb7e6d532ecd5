import { describe, expect, it } from "vitest";
import { stream } from "#harness/random/stream.ts";
import { groupsOf, quantise } from "./quantise.ts";

describe("quantise", () => {
  it("handles zero, short, random and tiny groups (case 8: 4 bits, group 64, [4, 70])", () => {
    const random = stream(8, "quantise");
    const values = new Float32Array(4 * 70);
    for (let j = 64; j < 70; j++) values[70 + j] = random.normal();
    for (let j = 0; j < 70; j++) values[140 + j] = random.normal();
    for (let j = 0; j < 70; j++) values[210 + j] = 1e-44 * (2 * random.uniform() - 1);
    values[210 + 5] = 1e-44;
    const { codes, magnitudes, values: decoded } = quantise(values, 70, { bits: 4, group: 64 });
    expect(magnitudes.length).toBe(8);
    expect(groupsOf(70, 64)).toBe(2);
    expect([...decoded.subarray(0, 70)].every((value) => value === 0)).toBe(true);
    expect([...decoded.subarray(70, 134)].every((value) => value === 0)).toBe(true);
    expect(decoded.every(Number.isFinite)).toBe(true);
    expect(codes.every((code) => code >= -7 && code <= 7)).toBe(true);
    for (let row = 0; row < 4; row++) {
      for (const [start, end] of [
        [0, 64],
        [64, 70],
      ] as const) {
        const group = values.subarray(row * 70 + start, row * 70 + end);
        const back = decoded.subarray(row * 70 + start, row * 70 + end);
        const largest = group.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
        // The row of the tiny maximum has steps at the last bit of a float: only its finiteness and maximum are claimed.
        if (row < 3)
          for (const [i, value] of group.entries())
            expect(Math.abs(value - (back[i] as number))).toBeLessThanOrEqual((largest / 14) * (1 + 1e-6));
        expect(back.reduce((a, b) => Math.max(a, Math.abs(b)), 0)).toBe(largest);
      }
    }
  });

  it("rounds to the nearest code, halves away from zero, within -127..127 at 8 bits", () => {
    const step = 2 ** -3;
    const values = Float32Array.of(127 * step, 2.5 * step, -2.5 * step, 2.4 * step, -127 * step, 0);
    expect([...quantise(values, 6, { bits: 8, group: "row" }).codes]).toEqual([127, 3, -3, 2, -127, 0]);
  });

  it("gives each row its own scale", () => {
    const { values } = quantise(Float32Array.of(100, 1, 0.01, 0.005), 2, { bits: 3, group: "row" });
    expect([...values]).toEqual([100, 0, Math.fround(0.01), expect.closeTo(0.00667, 4)]);
  });
});
