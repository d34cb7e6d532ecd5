// The header of a safetensors file: parsing and every check that makes its offsets safe to follow.
import { messageOf, RankbenchError } from "#harness/failure/error.ts";

/** Types that we read and write: bytes of an element, and the place in the file layout (larger first). */
export const SAFETENSORS_TYPES = {
  BOOL: { bytes: 1, order: 0 },
  U8: { bytes: 1, order: 1 },
  F16: { bytes: 2, order: 2 },
  BF16: { bytes: 2, order: 3 },
  I32: { bytes: 4, order: 4 },
  F32: { bytes: 4, order: 5 },
  I64: { bytes: 8, order: 6 },
} as const;
export type SafetensorsDtype = keyof typeof SAFETENSORS_TYPES;

/** Largest header in bytes; the limit of the reference implementation. */
export const MAX_HEADER = 100_000_000;

export interface TensorEntry {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Byte range in the data part. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: ReadonlyMap<string, TensorEntry>;
  /** Position of the data part in the file. */
  readonly dataStart: number;
}

function refuse(
  file: string,
  problem: string,
  field: string,
  value: unknown,
  wanted: string,
): RankbenchError {
  return new RankbenchError({
    reason: "data",
    thing: `file ${file}`,
    problem: `it is no valid safetensors file: ${problem}`,
    field,
    value,
    wanted,
    next: "get the file again; it may be cut off, or be of another format (pickle, GGUF, a web page)",
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isDtype = (value: unknown): value is SafetensorsDtype =>
  typeof value === "string" && Object.hasOwn(SAFETENSORS_TYPES, value);

function parseEntry(file: string, name: string, value: unknown, dataBytes: number): TensorEntry {
  const field = `tensor ${name}`;
  if (!isObject(value))
    throw refuse(file, "a tensor's entry is not an object", field, value, "{dtype, shape, data_offsets}");
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDtype(dtype))
    throw refuse(
      file,
      "its type is not known here",
      `${field}, dtype`,
      dtype,
      Object.keys(SAFETENSORS_TYPES).join(", "),
    );
  if (!Array.isArray(shape) || !shape.every(isCount))
    throw refuse(file, "its shape is wrong", `${field}, shape`, shape, "non-negative integers");
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw refuse(file, "its offsets are wrong", `${field}, data_offsets`, offsets, "[begin, end]");
  }
  const [begin = 0, end = 0] = offsets as number[];
  if (begin > end || end > dataBytes) {
    throw refuse(
      file,
      "its offsets lie outside of the file",
      `${field}, data_offsets`,
      offsets,
      `0 <= begin <= end <= ${dataBytes}`,
    );
  }
  const bytes =
    (shape as number[]).reduce((product, size) => product * size, 1) * SAFETENSORS_TYPES[dtype].bytes;
  if (bytes !== end - begin) {
    throw refuse(
      file,
      "its offsets do not fit its shape",
      `${field}, data_offsets`,
      offsets,
      `${bytes} bytes for ${dtype} [${shape.join(", ")}]`,
    );
  }
  return { dtype, shape: shape as number[], begin, end };
}

/** The data part must be covered exactly once: no overlap, no hole, no rest. */
function checkCover(file: string, entries: ReadonlyMap<string, TensorEntry>, dataBytes: number): void {
  let covered = 0;
  const ordered = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  for (const [name, { begin, end }] of ordered) {
    if (begin !== covered) {
      const problem = begin < covered ? "two tensors overlap" : "there is a hole between two tensors";
      throw refuse(file, problem, `tensor ${name}, data_offsets`, [begin, end], `begin = ${covered}`);
    }
    covered = end;
  }
  if (covered !== dataBytes)
    throw refuse(
      file,
      "data is left over or missing",
      "bytes of data",
      dataBytes,
      `${covered}, by the header`,
    );
}

function parseJson(file: string, bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw refuse(file, "its header is not JSON", "header", messageOf(cause), "a JSON object in UTF-8");
  }
  if (!isObject(value)) throw refuse(file, "its header is not an object", "header", value, "a JSON object");
  return value;
}

/** Parses and checks the header. `start` holds the file's beginning (at least the header), `fileBytes` is its whole size. */
export function parseHeader(start: Uint8Array, fileBytes: number, file: string): SafetensorsHeader {
  if (fileBytes < 8 || start.length < 8)
    throw refuse(file, "it is too short", "bytes", fileBytes, "at least 8");
  const declared = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  const limit = Math.min(MAX_HEADER, fileBytes - 8);
  if (declared > BigInt(limit))
    throw refuse(
      file,
      "its header is longer than the file, or too long",
      "header length",
      declared.toString(),
      `at most ${limit}`,
    );
  const dataStart = 8 + Number(declared);
  const header = parseJson(file, start.subarray(8, dataStart));
  const dataBytes = fileBytes - dataStart;
  const metadata: [string, string][] = [];
  const entries = new Map<string, TensorEntry>();
  for (const [name, value] of Object.entries(header)) {
    if (name !== "__metadata__") {
      entries.set(name, parseEntry(file, name, value, dataBytes));
      continue;
    }
    if (!isObject(value))
      throw refuse(file, "its metadata is not an object", "__metadata__", value, "texts by name");
    for (const [key, text] of Object.entries(value)) {
      if (typeof text !== "string")
        throw refuse(
          file,
          "its metadata holds something else than text",
          `__metadata__, ${key}`,
          text,
          "a string",
        );
      metadata.push([key, text]);
    }
  }
  checkCover(file, entries, dataBytes);
  return { metadata: Object.fromEntries(metadata), entries, dataStart };
}
