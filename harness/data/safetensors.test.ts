import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import {
  openSafetensors,
  parseSafetensors,
  type SafetensorsTensor,
  writeSafetensors,
} from "./safetensors.ts";

/** Made by the Python package: scripts/golden/safetensors-files.py. */
const golden = JSON.parse(readFileSync(new URL("./safetensors.golden.json", import.meta.url), "utf8")) as {
  mixed: { file: string; tensors: Record<string, { shape: number[]; values: (number | string)[] }> };
  brain: { file: string; values: number[] };
};
const fileOf = ({ file }: { file: string }) => new Uint8Array(Buffer.from(file, "base64"));
/** Values as in the golden file: 64-bit integers are texts there. */
const plain = ({ data }: SafetensorsTensor) =>
  data instanceof BigInt64Array ? Array.from(data, String) : Array.from(data);
const valuesOf = (tensors: ReadonlyMap<string, SafetensorsTensor>, name: string) => {
  const tensor = tensors.get(name);
  return tensor === undefined ? undefined : plain(tensor);
};

/** A file from a header and data bytes, right or wrong. */
function raw(header: unknown, dataBytes: number, declared?: number): Uint8Array {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(declared ?? json.length));
  return new Uint8Array(Buffer.concat([length, json, Buffer.alloc(dataBytes)]));
}

const f32 = (shape: number[], begin: number, end: number) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

test("reads each type that the Python package writes", () => {
  const { tensors, metadata } = parseSafetensors(fileOf(golden.mixed), "mixed");
  expect(metadata).toEqual({ format: "np" });
  expect([...tensors.keys()].sort()).toEqual(Object.keys(golden.mixed.tensors).sort());
  for (const [name, { shape, values }] of Object.entries(golden.mixed.tensors)) {
    expect(tensors.get(name)?.shape).toEqual(shape);
    expect(valuesOf(tensors, name), name).toEqual(values);
  }
});

test("widens bfloat16 exactly", () => {
  expect(valuesOf(parseSafetensors(fileOf(golden.brain), "brain").tensors, "b")).toEqual(golden.brain.values);
});

test.each(["mixed", "brain"] as const)("writes the very bytes of the Python package (%s)", (which) => {
  const file = fileOf(golden[which]);
  const { tensors, metadata } = parseSafetensors(file, which);
  expect(Buffer.from(writeSafetensors([...tensors].reverse(), metadata)).equals(Buffer.from(file))).toBe(
    true,
  );
});

test("names like integers or __proto__ keep their tensors", () => {
  const one = (value: number): SafetensorsTensor => ({
    dtype: "F32",
    shape: [1],
    data: Float32Array.of(value),
  });
  const { tensors } = parseSafetensors(
    writeSafetensors([
      ["10", one(1)],
      ["9", one(2)],
      ["__proto__", one(3)],
    ]),
    "odd",
  );
  expect([...tensors].map(([name, tensor]) => [name, ...plain(tensor)])).toEqual(
    expect.arrayContaining([
      ["10", 1],
      ["9", 2],
      ["__proto__", 3],
    ]),
  );
});

test("refuses to write data that does not fit its type or shape", () => {
  expect(() => writeSafetensors([["w", { dtype: "F32", shape: [2, 2], data: new Float32Array(3) }]])).toThrow(
    "4 values",
  );
  expect(() => writeSafetensors([["w", { dtype: "I64", shape: [1], data: new Float32Array(1) }]])).toThrow(
    "BigInt64Array",
  );
});

test.each([
  ["an empty file", new Uint8Array(0), "too short"],
  ["a header longer than the file", raw({}, 0, 1000), "longer than the file"],
  ["a header length beyond all integers", new Uint8Array(16).fill(255), "longer than the file"],
  ["a header that is not JSON", raw("<!DOCTYPE html>", 0), "not JSON"],
  ["a header that is not an object", raw("[1]", 0), "not an object"],
  [
    "an unknown type",
    raw({ w: { dtype: "F8_E4M3", shape: [4], data_offsets: [0, 4] } }, 4),
    "type is not known",
  ],
  [
    "a type called like an object's own method",
    raw({ w: { dtype: "toString", shape: [4], data_offsets: [0, 4] } }, 4),
    "type is not known",
  ],
  ["a negative size", raw({ w: f32([-1], 0, 4) }, 4), "shape is wrong"],
  ["a fractional offset", raw({ w: f32([1], 0.5, 4.5) }, 8), "offsets are wrong"],
  ["offsets beyond the file", raw({ w: f32([2], 0, 8) }, 4), "outside of the file"],
  ["offsets in the wrong order", raw({ w: f32([1], 4, 0) }, 4), "outside of the file"],
  ["offsets that do not fit the shape", raw({ w: f32([3], 0, 8) }, 8), "do not fit its shape"],
  ["overlapping tensors", raw({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12), "overlap"],
  ["a hole between tensors", raw({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), "hole"],
  ["bytes left over", raw({ a: f32([1], 0, 4) }, 8), "left over"],
  ["metadata that is not text", raw({ __metadata__: { epoch: 3 } }, 0), "something else than text"],
])("refuses %s", (_what, bytes, problem) => {
  const read = () => parseSafetensors(bytes, "weights/model.safetensors");
  expect(read).toThrow(RankbenchError);
  expect(read).toThrow(problem);
  expect(read).toThrow("weights/model.safetensors");
});

test("a file that was cut off anywhere is refused", () => {
  const file = fileOf(golden.mixed);
  for (let bytes = 0; bytes < file.length; bytes += 7)
    expect(() => parseSafetensors(file.slice(0, bytes), "cut")).toThrow(RankbenchError);
});

test("reads single tensors from disk, as the whole-file reader does", async () => {
  const folder = await mkdtemp(join(tmpdir(), "rankbench-safetensors-"));
  try {
    const path = join(folder, "model.safetensors");
    await writeFile(path, fileOf(golden.mixed));
    const file = await openSafetensors(path);
    const whole = parseSafetensors(fileOf(golden.mixed), path);
    for (const [name, tensor] of whole.tensors) expect(await file.read(name)).toEqual(tensor);
    await expect(file.read("nothing")).rejects.toThrow("no such tensor");
    await writeFile(path, fileOf(golden.mixed).slice(0, 300));
    await expect(openSafetensors(path)).rejects.toThrow(RankbenchError);
    await expect(openSafetensors(join(folder, "none"))).rejects.toThrow("does not exist");
  } finally {
    await rm(folder, { recursive: true });
  }
});
