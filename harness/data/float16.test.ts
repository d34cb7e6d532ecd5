import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "./float16.ts";

/** Made by numpy: scripts/golden/safetensors-files.py. */
const golden = JSON.parse(readFileSync(new URL("./float16.golden.json", import.meta.url), "utf8")) as {
  values: number[];
  patterns: number[];
  widened: (number | string)[];
};

test("float32 rounds to the same binary16 pattern as in numpy, with ties, subnormals and overflow", () => {
  expect(golden.values.map(toFloat16)).toEqual(golden.patterns);
});

test("binary16 patterns widen to the same float32 as in numpy", () => {
  const widened = golden.widened.map((value) =>
    value === "inf" ? Infinity : value === "-inf" ? -Infinity : value,
  );
  expect(golden.patterns.map(fromFloat16)).toEqual(widened);
});

test("each finite binary16 pattern survives widening and rounding", () => {
  const finite = Array.from({ length: 0x10000 }, (_, pattern) => pattern).filter(
    (pattern) => (pattern & 0x7c00) !== 0x7c00,
  );
  expect(finite.filter((pattern) => toFloat16(fromFloat16(pattern)) !== pattern)).toEqual([]);
});

test("what is no number stays none", () => {
  expect(fromFloat16(toFloat16(Number.NaN))).toBeNaN();
  expect(fromBfloat16(toBfloat16(Number.NaN))).toBeNaN();
  expect(fromFloat16(toFloat16(-Infinity))).toBe(-Infinity);
});

test("bfloat16 keeps the upper half of a float32 and rounds ties to even", () => {
  // 1 + 2^-8 lies half way between 1 (0x3F80) and 1 + 2^-7 (0x3F81); 1 + 3 * 2^-8 between 0x3F81 and 0x3F82.
  expect([1, -2.5, 1 + 2 ** -8, 1 + 3 * 2 ** -8].map(toBfloat16)).toEqual([0x3f80, 0xc020, 0x3f80, 0x3f82]);
  expect([0x3f80, 0xc020, 0x4049].map(fromBfloat16)).toEqual([1, -2.5, 3.140625]);
});
