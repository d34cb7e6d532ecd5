// A growing table of int32 rows of one width that stays within a limit of memory: what is over it lies in a nameless file
// of the cache folder. Rows are read one at a time in any order.
import { randomUUID } from "node:crypto";
import { closeSync, mkdirSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./folders.ts";
import { storageError } from "./storage.ts";

/** Bytes that a table may hold in memory by default: a million rows of 16 numbers. */
const MEMORY_LIMIT = 64 * 1024 * 1024;

/** Rows that are written to the file together. */
const BLOCK_ROWS = 4096;

const BYTES = Int32Array.BYTES_PER_ELEMENT;

const bytesOf = (numbers: Int32Array): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);

export class IntegerRows {
  readonly width: number;
  readonly #limit: number;
  readonly #folder: string;
  /** Rows that are not in the file, in blocks; the last one may have room. */
  #blocks: Int32Array[] = [];
  /** Rows in the file, which come before those in blocks. */
  #filed = 0;
  #file: number | null = null;
  #size = 0;

  /** `memoryLimit` in bytes; one block of rows is always held. */
  constructor(width: number, options: { readonly memoryLimit?: number; readonly folder?: string } = {}) {
    this.width = width;
    this.#limit = options.memoryLimit ?? MEMORY_LIMIT;
    this.#folder = options.folder ?? cacheFolder();
  }

  /** Rows added so far. */
  get size(): number {
    return this.#size;
  }

  /** Bytes held in memory now. */
  get heldBytes(): number {
    return this.#blocks.reduce((bytes, block) => bytes + block.byteLength, 0);
  }

  /** Appends a copy of a row. Throws a `storage` error when the file cannot be written. */
  add(row: Int32Array): void {
    const at = (this.#size - this.#filed) % BLOCK_ROWS;
    if (at === 0) {
      const bytes = BLOCK_ROWS * this.width * BYTES;
      if (this.#blocks.length > 0 && this.heldBytes + bytes > this.#limit) this.#spill();
      this.#blocks.push(new Int32Array(BLOCK_ROWS * this.width));
    }
    this.#blocks.at(-1)?.set(row, at * this.width);
    this.#size++;
  }

  /** Copies row `index` into `target` from position `at` on. Throws a `storage` error when the file cannot be read. */
  copy(index: number, target: Int32Array, at: number): void {
    if (!(index >= 0 && index < this.#size)) throw new Error(`row ${index} of ${this.#size}`);
    const { width } = this;
    if (index >= this.#filed) {
      const held = index - this.#filed;
      const from = (held % BLOCK_ROWS) * width;
      const block = this.#blocks[Math.floor(held / BLOCK_ROWS)];
      if (block === undefined) throw new Error(`no block for row ${index}`);
      target.set(block.subarray(from, from + width), at);
      return;
    }
    const row = bytesOf(target.subarray(at, at + width));
    this.#guard("read", (file) => {
      for (let done = 0; done < row.length; ) {
        const got = readSync(file, row, done, row.length - done, index * width * BYTES + done);
        if (got === 0) throw new Error("the file ends early");
        done += got;
      }
    });
  }

  /** Gives memory and file back; the table is empty afterwards. */
  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
    this.#blocks = [];
    this.#filed = 0;
    this.#size = 0;
  }

  /** Moves all blocks, which are full, to the file. */
  #spill(): void {
    this.#guard("write", (file) => {
      for (const block of this.#blocks) {
        const bytes = bytesOf(block);
        for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      }
    });
    this.#filed = this.#size;
    this.#blocks = [];
  }

  #guard(action: "read" | "write", work: (file: number) => void): void {
    const path = join(this.#folder, `rows-${randomUUID()}.tmp`);
    try {
      if (this.#file === null) {
        mkdirSync(this.#folder, { recursive: true });
        this.#file = openSync(path, "wx+");
        // Without a name it vanishes with the process, however that ends.
        unlinkSync(path);
      }
      work(this.#file);
    } catch (cause) {
      throw storageError(action, path, cause);
    }
  }
}
