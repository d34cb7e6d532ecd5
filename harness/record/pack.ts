// Typed arrays inside a record: little-endian bytes, raw deflate (RFC 1951), base64. Exact bits in both directions.
import { endianness } from "node:os";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { RankbenchError } from "#harness/failure/error.ts";
import type { Packed } from "./schema.ts";

const BYTES = 4;
const product = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);

/** The bytes in little-endian order; a copy. */
function littleEndian(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  return endianness() === "LE" ? copy : copy.swap32();
}

/**
 * Packs `values` (row-major, `shape`). A size that does not fit the shape and a value that is not finite are defects of
 * the caller: a run with such scores ends as `diverged` and packs nothing.
 */
export function packArray(values: Float32Array | Int32Array, shape: readonly number[]): Packed {
  if (values.length !== product(shape)) {
    throw new Error(`packArray: ${values.length} values do not fill the shape [${shape.join(", ")}]`);
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad !== -1)
    throw new Error(`packArray: value ${bad} is ${values[bad]}, and only finite numbers are stored`);
  const bytes = littleEndian(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return {
    dtype: values instanceof Float32Array ? "float32" : "int32",
    shape: [...shape],
    data: deflateRawSync(bytes, { level: constants.Z_BEST_COMPRESSION }).toString("base64"),
  };
}

/** What is wrong with packed data, in a few words; null when they unpack to finite numbers that fill the shape. */
function inspect(
  packed: Packed,
): { readonly values: Float32Array | Int32Array } | { readonly problem: string } {
  const size = product(packed.shape);
  const wanted = size * BYTES;
  if (!Number.isSafeInteger(wanted)) return { problem: "the shape is too large" };
  let bytes: Buffer;
  try {
    // One byte more than wanted is allowed for, so that too much data is told from the right amount without unpacking all.
    bytes = inflateRawSync(Buffer.from(packed.data, "base64"), { maxOutputLength: wanted + 1 });
  } catch {
    return { problem: `the data do not inflate to ${wanted} bytes` };
  }
  if (bytes.length !== wanted)
    return { problem: `the data hold ${bytes.length} bytes, the shape needs ${wanted}` };
  const aligned = new Uint8Array(littleEndian(bytes)).buffer;
  const values = packed.dtype === "float32" ? new Float32Array(aligned) : new Int32Array(aligned);
  if (values.some((value) => !Number.isFinite(value))) return { problem: "a value is not finite" };
  return { values };
}

/** The numbers of `packed`, row-major. Damaged data are refused, naming `thing` and `field`. */
export function unpackArray(packed: Packed, thing: string, field: string): Float32Array | Int32Array {
  const result = inspect(packed);
  if ("values" in result) return result.values;
  throw new RankbenchError({
    reason: "storage",
    thing,
    problem: `packed numbers are damaged: ${result.problem}`,
    field,
    value: `${packed.dtype}[${packed.shape.join(", ")}]`,
    wanted: "little-endian numbers, raw deflate, base64",
    next: "restore the file from git, or delete it and repeat the run",
  });
}
