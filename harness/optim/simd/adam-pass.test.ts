import { describe, expect, it } from "vitest";
import { stream } from "#harness/random/stream.ts";
import { type AdamNumbers, adamPass } from "./adam-pass.ts";
import { signed, unsigned } from "./assembler.ts";

const NUMBERS: AdamNumbers = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  rate: 0.01,
  root2: 0.03,
  decay: 0.999,
  gradientScale: 0.7,
};

/** The same formulas in JavaScript, every operation rounded to single precision: an independent way to the same bits. */
function rounded(w: Float32Array, g: Float32Array, m: Float32Array, v: Float32Array, n: AdamNumbers): void {
  const f = Math.fround;
  const gain1 = f((1 - n.beta1) * n.gradientScale);
  const gain2 = f((1 - n.beta2) * n.gradientScale * n.gradientScale);
  for (let i = 0; i < w.length; i++) {
    const gi = g[i] ?? 0;
    const mi = f(f((m[i] ?? 0) * f(n.beta1)) + f(gi * gain1));
    const vi = f(f((v[i] ?? 0) * f(n.beta2)) + f(f(gi * gain2) * gi));
    const root = f(f(f(Math.sqrt(vi)) * f(1 / n.root2)) + f(n.epsilon));
    m[i] = mi;
    v[i] = vi;
    w[i] = f(f((w[i] ?? 0) * f(n.decay)) - f(f(mi * f(n.rate)) / root));
  }
}

function arrays(length: number) {
  const random = stream(0, "adam-pass", String(length));
  const draw = (scale: number) => Float32Array.from({ length }, () => scale * random.normal());
  return { w: draw(1), g: draw(0.1), m: draw(0.01), v: draw(1e-3).map((x) => x * x) };
}

describe("Adam's vector pass", () => {
  it.each([0, 1, 3, 4, 5, 8191, 8192, 8193, 20_001])(
    "has the bits of single-precision arithmetic for %i weights",
    (n) => {
      const mine = arrays(n);
      const wanted = arrays(n);
      for (let step = 0; step < 3; step++) {
        adamPass(mine.w, mine.g, mine.m, mine.v, NUMBERS);
        rounded(wanted.w, wanted.g, wanted.m, wanted.v, NUMBERS);
      }
      const bits = ({ buffer }: Float32Array) => Buffer.from(buffer as ArrayBuffer).toString("base64");
      expect(bits(mine.w)).toBe(bits(wanted.w));
      expect(bits(mine.m)).toBe(bits(wanted.m));
      expect(bits(mine.v)).toBe(bits(wanted.v));
      expect(bits(mine.g)).toBe(bits(arrays(n).g));
    },
  );

  it("works on views into a buffer and leaves what stands around them", () => {
    const whole = new Float32Array(30).fill(7);
    const { g, m, v } = arrays(10);
    adamPass(whole.subarray(10, 20), g, m, v, NUMBERS);
    expect([...whole.subarray(0, 10), ...whole.subarray(20)]).toEqual(new Array(20).fill(7));
    expect(whole[10]).not.toBe(7);
  });

  it("passes NaN and infinite gradients on, so that divergence is seen", () => {
    const w = Float32Array.of(1, 1, 1, 1);
    const g = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, 0, 1);
    adamPass(w, g, new Float32Array(4), new Float32Array(4), NUMBERS);
    expect(Number.isNaN(w[0])).toBe(true);
    expect(Number.isNaN(w[1])).toBe(true);
    expect(w[2]).toBe(Math.fround(0.999));
  });

  it("writes integers as the LEB128 examples of the specification and of DWARF 4 (appendix C) have them", () => {
    expect(unsigned(624485)).toEqual([0xe5, 0x8e, 0x26]);
    expect(unsigned(0)).toEqual([0]);
    expect(unsigned(128)).toEqual([0x80, 0x01]);
    expect(signed(-123456)).toEqual([0xc0, 0xbb, 0x78]);
    expect(signed(-1)).toEqual([0x7f]);
    expect(signed(127)).toEqual([0xff, 0]);
    expect(signed(-128)).toEqual([0x80, 0x7f]);
  });
});
