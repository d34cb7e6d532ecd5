import { expect, test } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { packArray, unpackArray } from "./pack.ts";

const thrown = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
};

test("bytes written by Python's struct and zlib unpack to the same numbers", () => {
  // python: base64(zlib raw deflate(struct.pack("<4f", 1.5, -0.0, 3.4028234663852886e38, 1e-45)))
  const data = "Y2A4YM/AwNDw/399PSOQAQA=";
  const values = unpackArray({ dtype: "float32", shape: [2, 2], data }, "test", "scores");
  expect([...values]).toEqual([1.5, -0, 3.4028234663852886e38, 1.401298464324817e-45]);
});

test("packing keeps every bit of floats and integers, also of a view that starts inside a buffer", () => {
  const floats = new Float32Array([9, 0.1, -0, 1e-45, 3.4e38]).subarray(1);
  expect(unpackArray(packArray(floats, [2, 2]), "test", "scores")).toEqual(floats);
  const integers = new Int32Array([0, -1, 2 ** 31 - 1, -(2 ** 31)]);
  expect(unpackArray(packArray(integers, [4]), "test", "targets")).toEqual(integers);
  expect(unpackArray(packArray(new Int32Array(0), [0]), "test", "targets")).toEqual(new Int32Array(0));
});

test("an unaligned view is packed like a copy of it", () => {
  const bytes = new Uint8Array(12);
  const shifted = new Float32Array(bytes.buffer, 4, 2);
  shifted.set([1, 2]);
  expect(packArray(shifted, [2])).toEqual(packArray(new Float32Array([1, 2]), [2]));
});

test("values that do not fill the shape and values that are not finite are defects of the caller", () => {
  expect(() => packArray(new Float32Array(3), [2, 2])).toThrow(/3 values do not fill the shape \[2, 2\]/);
  expect(() => packArray(new Float32Array([1, Number.NaN]), [2])).toThrow(/value 1 is NaN/);
});

test("damaged data are refused by field, never read as other numbers", () => {
  const good = packArray(new Float32Array([1, 2, 3, 4]), [4]);
  const nan = { ...good, data: "Y2A4UA8A" };
  const cases = [
    { ...good, shape: [5] },
    { ...good, shape: [3] },
    { ...good, data: "AAAA" },
    { ...good, data: "" },
    { ...good, shape: [2 ** 40, 2 ** 40] },
    { ...nan, shape: [1] },
  ];
  for (const packed of cases) {
    const error = thrown(() => unpackArray(packed, "run record x.json", "outcome.result.predictions.scores"));
    expect(error).toBeInstanceOf(RankbenchError);
    expect((error as RankbenchError).message).toContain("outcome.result.predictions.scores");
    expect((error as RankbenchError).exitCode).toBe(6);
  }
});
