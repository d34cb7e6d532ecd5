// IDX files, the form of MNIST and its relatives: a magic number, sizes of the axes, then unsigned bytes. Knows no labels.
import { readBytes, type StoredFile } from "./content.ts";
import { refuserOf } from "./damaged.ts";

export interface IdxArray {
  readonly shape: readonly number[];
  /** Row-major, as many as the shape holds. */
  readonly data: Uint8Array;
}

/** Code of unsigned bytes, the one type of numbers that image sets use. */
const UNSIGNED_BYTE = 0x08;

/**
 * Numbers of an IDX file of unsigned bytes. `axes` is how many axes it must have (3 for images, 1 for labels). Throws a
 * `data` error for another magic number, an empty axis, and a body that is shorter or longer than its head says.
 */
export function parseIdx(bytes: Uint8Array, file: string, axes: number): IdxArray {
  const refuse = refuserOf(`file ${file}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = 4 + 4 * axes;
  if (bytes.length < head)
    throw refuse("it ends inside its head", "size", `${bytes.length} bytes`, `${head} bytes or more`);
  const magic = view.getUint32(0);
  const wanted = (UNSIGNED_BYTE << 8) | axes;
  if (magic !== wanted) {
    const hex = (value: number) => `0x${value.toString(16).padStart(8, "0")}`;
    throw refuse(
      "it is no IDX file of unsigned bytes with that many axes",
      "magic number",
      hex(magic),
      hex(wanted),
    );
  }
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  if (shape.some((size) => size === 0))
    throw refuse("an axis is empty", "shape", shape.join(" x "), "positive sizes");
  const count = shape.reduce((product, size) => product * size, 1);
  const body = bytes.length - head;
  if (body !== count) {
    throw refuse(
      body < count ? "it ends before its last number" : "it goes on after its last number",
      "numbers",
      body,
      `${count} (${shape.join(" x ")})`,
    );
  }
  return { shape, data: bytes.subarray(head) };
}

/** Reads and parses a stored IDX file. Throws `data` and `storage` errors. */
export async function readIdx(file: StoredFile, axes: number): Promise<IdxArray> {
  return parseIdx(await readBytes(file), file.path, axes);
}
