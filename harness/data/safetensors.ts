// The safetensors format: 8 bytes of header length, a JSON header, tensor bytes (little endian). Reading trusts nothing:
// lengths, offsets, overlap and shapes are checked before a byte of data is touched. Names mean nothing here.
import { open } from "node:fs/promises";
import { RankbenchError } from "#harness/failure/error.ts";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "./float16.ts";
import {
  MAX_HEADER,
  parseHeader,
  SAFETENSORS_TYPES,
  type SafetensorsDtype,
  type SafetensorsHeader,
} from "./safetensors-header.ts";
import { storageError } from "./storage.ts";

/** Values by dtype: halves are widened to float32, which is exact. */
export type SafetensorsData = Float32Array | Int32Array | BigInt64Array | Uint8Array;

export interface SafetensorsTensor {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** F32, F16, BF16: Float32Array; I32: Int32Array; I64: BigInt64Array; U8, BOOL: Uint8Array. Row-major. */
  readonly data: SafetensorsData;
}

export interface SafetensorsContent {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
}

/** `bytes` are a copy of exactly one tensor's bytes, from offset 0 of their buffer. */
function decode(dtype: SafetensorsDtype, bytes: Uint8Array): SafetensorsData {
  const { buffer } = bytes;
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer);
    case "F16":
      return Float32Array.from(new Uint16Array(buffer), fromFloat16);
    case "BF16":
      return Float32Array.from(new Uint16Array(buffer), fromBfloat16);
    case "I32":
      return new Int32Array(buffer);
    case "I64":
      return new BigInt64Array(buffer);
    case "U8":
    case "BOOL":
      return bytes;
  }
}

/** Parses a whole file in memory. `file` names it in messages. Throws a `data` error for anything but a valid file. */
export function parseSafetensors(bytes: Uint8Array, file: string): SafetensorsContent {
  const { metadata, entries, dataStart } = parseHeader(bytes, bytes.length, file);
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, { dtype, shape, begin, end }] of entries) {
    tensors.set(name, {
      dtype,
      shape,
      data: decode(dtype, new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end))),
    });
  }
  return { metadata, tensors };
}

export interface SafetensorsFile {
  readonly header: SafetensorsHeader;
  /** Reads one tensor from disk. Throws a `data` error for an unknown name. */
  read(name: string): Promise<SafetensorsTensor>;
}

/** Opens a file without loading it: for checkpoints of which a part is wanted, or which are large. */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  /** Copies `length` bytes at `from`. */
  const slice = async (from: number, length: number): Promise<{ bytes: Uint8Array; fileBytes: number }> => {
    const handle = await open(path, "r");
    try {
      const fileBytes = (await handle.stat()).size;
      const bytes = new Uint8Array(Math.max(0, Math.min(length, fileBytes - from)));
      for (let at = 0; at < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, from + at);
        if (bytesRead === 0) break;
        at += bytesRead;
      }
      return { bytes, fileBytes };
    } finally {
      await handle.close();
    }
  };
  const guarded = (from: number, length: number) =>
    slice(from, length).catch((cause: unknown) => {
      throw storageError("read", path, cause);
    });
  const { bytes: lengthBytes } = await guarded(0, 8);
  const declared =
    lengthBytes.length === 8 ? Number(new DataView(lengthBytes.buffer).getBigUint64(0, true)) : 0;
  // A length that parseHeader will refuse is not worth reading.
  const { bytes: start, fileBytes } = await guarded(0, declared <= MAX_HEADER ? 8 + declared : 8);
  const header = parseHeader(start, fileBytes, path);
  return {
    header,
    async read(name) {
      const entry = header.entries.get(name);
      if (entry === undefined) {
        throw new RankbenchError({
          reason: "data",
          thing: `file ${path}`,
          problem: "it has no such tensor",
          field: "tensor",
          value: name,
          wanted: [...header.entries.keys()].slice(0, 12).join(", "),
        });
      }
      const { bytes } = await guarded(header.dataStart + entry.begin, entry.end - entry.begin);
      return { dtype: entry.dtype, shape: entry.shape, data: decode(entry.dtype, bytes) };
    },
  };
}

function encode(name: string, { dtype, shape, data }: SafetensorsTensor): Uint8Array {
  const count = shape.reduce((product, size) => product * size, 1);
  const { array, halves } = {
    F32: { array: Float32Array, halves: undefined },
    F16: { array: Float32Array, halves: toFloat16 },
    BF16: { array: Float32Array, halves: toBfloat16 },
    I32: { array: Int32Array, halves: undefined },
    I64: { array: BigInt64Array, halves: undefined },
    U8: { array: Uint8Array, halves: undefined },
    BOOL: { array: Uint8Array, halves: undefined },
  }[dtype];
  if (!(data instanceof array) || data.length !== count) {
    throw new Error(
      `safetensors: ${name} is ${dtype} [${shape.join(", ")}], so its data must be ${count} values of a ${array.name}`,
    );
  }
  if (halves !== undefined && data instanceof Float32Array)
    return new Uint8Array(Uint16Array.from(data, halves).buffer);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * The bytes of a file with these tensors. F16 and BF16 take a Float32Array and round to nearest even. Layout is that of the
 * reference implementation: wide types first, then by name; the header padded by spaces to a multiple of 8.
 */
export function writeSafetensors(
  tensors: Iterable<readonly [string, SafetensorsTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const ordered = [...tensors].sort(([nameA, a], [nameB, b]) => {
    const byType = SAFETENSORS_TYPES[b.dtype].order - SAFETENSORS_TYPES[a.dtype].order;
    return byType !== 0 ? byType : nameA < nameB ? -1 : nameA > nameB ? 1 : 0;
  });
  const entries: [string, unknown][] = Object.keys(metadata).length === 0 ? [] : [["__metadata__", metadata]];
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, tensor] of ordered) {
    const bytes = encode(name, tensor);
    parts.push(bytes);
    const { dtype, shape } = tensor;
    entries.push([name, { dtype, shape, data_offsets: [offset, offset + bytes.length] }]);
    offset += bytes.length;
  }
  // Built by hand: an object would move names that look like integers to the front and lose `__proto__`.
  const json = `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
  const header = Buffer.from(json, "utf8");
  const padded = Buffer.concat([header, Buffer.alloc((8 - (header.length % 8)) % 8, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return new Uint8Array(Buffer.concat([length, padded, ...parts]));
}
