import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { normal } from "#harness/nn/init.ts";
import { stream } from "#harness/random/stream.ts";
import { adamw } from "./adam.ts";
import { adam8bit } from "./adam8bit.ts";
import { BLOCK, decode, encode, SIGNED_CODES, UNSIGNED_CODES } from "./dynamic-codes.ts";
import { drive } from "./testing/drive.ts";

const gaussian = (count: number, name: string, std = 1) => normal(count, std, stream(8, "adam8bit", name));

describe("dynamic codes", () => {
  it("both books have 256 different values, with 0, 1 and the card's ends", () => {
    for (const book of [SIGNED_CODES, UNSIGNED_CODES]) {
      expect(new Set(book).size).toBe(256);
      expect(book[255]).toBe(1);
      expect(book.includes(0)).toBe(true);
    }
    // Signed, i = 0: the midpoint of [0.1, 1] times 1e-6; i = 6: the last of 64 parts.
    expect(SIGNED_CODES.filter((value) => value > 0)[0]).toBeCloseTo(0.55e-6, 12);
    expect(SIGNED_CODES[254]).toBeCloseTo(1 - 0.9 / 128, 6);
    expect(SIGNED_CODES[0]).toBeCloseTo(-(1 - 0.9 / 128), 6);
    expect(UNSIGNED_CODES[1]).toBeCloseTo((0.1 + 0.225) * 1e-6, 12);
  });

  it("encodes to the nearest code of value / block maximum, found by trying all 256", () => {
    const values = gaussian(BLOCK + 100, "codes");
    const codes = new Uint8Array(values.length);
    const scales = new Float32Array(2);
    encode(values, SIGNED_CODES, codes, scales);
    expect(scales[1]).toBe(values.subarray(BLOCK).reduce((a, b) => Math.max(a, Math.abs(b)), 0));
    for (let i = 0; i < values.length; i += 7) {
      const x = (values[i] as number) / (scales[i < BLOCK ? 0 : 1] as number);
      const nearest = SIGNED_CODES.reduce(
        (best, code) => (Math.abs(code - x) < Math.abs(best - x) ? code : best),
        2,
      );
      expect(Math.abs((SIGNED_CODES[codes[i] as number] as number) - x)).toBeCloseTo(
        Math.abs(nearest - x),
        7,
      );
    }
    const zeros = new Float32Array(10);
    encode(zeros, UNSIGNED_CODES, codes, scales);
    decode(codes, UNSIGNED_CODES, scales, zeros);
    expect([...zeros]).toEqual(new Array(10).fill(0));
  });
});

describe("adam8bit", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());
  const shape = [64, 80];
  const run = (size: readonly number[], gradients: Float32Array[], make = adam8bit) =>
    drive(engine, make(), {
      shape: size,
      start: new Float32Array(size.reduce((a, b) => a * b, 1)),
      gradients,
      learningRate: 0.01,
      weightDecay: 0.1,
    });

  it("its first step is AdamW's: the moments it steps by are not yet encoded", async () => {
    const g = [gaussian(5120, "g0")];
    const [exact, coded] = [await run(shape, g, adamw), await run(shape, g)];
    expect(coded.values[0]).toEqual(exact.values[0]);
  });

  it("follows AdamW: after 10 steps with a steady gradient direction the weights are within 5 % of their way", async () => {
    const mean = gaussian(5120, "mean");
    const g = Array.from({ length: 10 }, (_, t) =>
      gaussian(5120, `noise${t}`, 0.1).map((x, i) => x + (mean[i] as number)),
    );
    const [exact, coded] = [await run(shape, g, adamw), await run(shape, g)];
    const [a, b] = [exact.values[9] ?? [], coded.values[9] ?? []];
    let [gap, way] = [0, 0];
    for (let i = 0; i < 5120; i++) {
      gap += ((a[i] as number) - (b[i] as number)) ** 2;
      way += (a[i] as number) ** 2;
    }
    expect(Math.sqrt(gap / way)).toBeLessThan(0.05);
    expect(gap).toBeGreaterThan(0);
  });

  it("holds 2 bytes a weight and 8 a block of 2,048; below 4,096 numbers it is float AdamW to the bit", async () => {
    const driven = await run(shape, [gaussian(5120, "g0")]);
    expect(driven.stateBytes).toBe(2 * 5120 + 3 * 8);
    expect(adam8bit().stateBytes({ name: "w", shape })).toBe(driven.stateBytes);
    const g = [gaussian(4095, "s0"), gaussian(4095, "s1")];
    expect((await run([4095], g)).values[1]).toEqual((await run([4095], g, adamw)).values[1]);
    expect(adam8bit().stateBytes({ name: "w", shape: [4095] })).toBe(8 * 4095);
  });
});
