// Entries of a tar archive as its bytes stream by, and the archive of a list of files. Plain files only; folders, links and
// whatever else an archive holds are passed over. Memory holds one wanted entry at a time.
import { RankbenchError } from "#harness/failure/error.ts";

const BLOCK = 512;

export interface TarEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const text = (block: Uint8Array, from: number, length: number): string =>
  Buffer.from(block.subarray(from, from + length))
    .toString("latin1")
    .replace(/\0.*$/s, "");

/** Sum of a header's bytes with its own field taken as spaces, as every header must state it. */
function headerSum(block: Uint8Array): number {
  let sum = 0;
  for (const [i, byte] of block.entries()) sum += i >= 148 && i < 156 ? 0x20 : byte;
  return sum;
}

/** Number of bytes that fill `size` up to whole blocks. */
const filler = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

/** Hands out bytes in pieces of any size from chunks as they come. */
function pieces(chunks: AsyncIterable<Uint8Array>) {
  const source = chunks[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array(0);
  /** Some of the next bytes, at most `length`; none at the end. */
  async function next(length: number): Promise<Uint8Array> {
    while (held.length === 0) {
      const chunk = await source.next();
      if (chunk.done === true) return new Uint8Array(0);
      held = chunk.value;
    }
    const piece = held.subarray(0, length);
    held = held.subarray(piece.length);
    return piece;
  }
  return {
    /** The next `length` bytes; fewer at the end. */
    async take(length: number): Promise<Uint8Array> {
      const parts: Uint8Array[] = [];
      for (let missing = length; missing > 0; ) {
        const piece = await next(missing);
        if (piece.length === 0) break;
        parts.push(piece);
        missing -= piece.length;
      }
      return new Uint8Array(Buffer.concat(parts));
    },
    /** Passes over `length` bytes and says how many there were. */
    async skip(length: number): Promise<number> {
      let missing = length;
      while (missing > 0) {
        const piece = await next(missing);
        if (piece.length === 0) break;
        missing -= piece.length;
      }
      return length - missing;
    },
    /** Lets go of what the chunks come from. */
    async close(): Promise<void> {
      await source.return?.();
    },
  };
}

/** The path in a pax header: records of `<length> path=<value>\n`, length and all. */
const paxPath = (bytes: Uint8Array): string | undefined =>
  /(?:^|\n)\d+ path=([^\n]*)\n/.exec(Buffer.from(bytes).toString("utf8"))?.[1];

/** A name in two parts, as POSIX archives keep long ones; GNU's have other fields in the second place. */
function nameOf(header: Uint8Array): string {
  const prefix = text(header, 257, 8) === "ustar" ? text(header, 345, 155) : "";
  return prefix === "" ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`;
}

/**
 * The plain files that `wanted` accepts, in the archive's order, each held in memory while it is looked at. Throws a `data`
 * error for a header whose sum is wrong, for an archive that ends inside an entry or without its end mark, and for no
 * archive at all. `label` names it in messages.
 */
export async function* tarEntries(
  chunks: AsyncIterable<Uint8Array>,
  label: string,
  wanted: (name: string) => boolean,
): AsyncGenerator<TarEntry> {
  const refuse = (problem: string, field: string, value: unknown) =>
    new RankbenchError({
      reason: "data",
      thing: `archive ${label}`,
      problem,
      field,
      value,
      wanted: "a whole tar archive",
      next: "delete the file and run the command again",
    });
  const bytes = pieces(chunks);
  /** Name that a header of its own gave the entry that follows. */
  let given: string | undefined;
  try {
    for (let entry = 0; ; entry++) {
      const header = await bytes.take(BLOCK);
      if (header.length < BLOCK)
        throw refuse(
          header.length === 0 ? "it ends without its end mark" : "it ends inside a header",
          "entry",
          entry,
        );
      // Two blocks of zeros end an archive; one is taken as well.
      if (header.every((byte) => byte === 0)) return;
      const stated = Number.parseInt(text(header, 148, 8).trim(), 8);
      if (stated !== headerSum(header)) throw refuse("a header's sum is wrong", "entry", entry);
      const name = given ?? nameOf(header);
      const size = Number.parseInt(text(header, 124, 12).trim(), 8);
      if (!Number.isSafeInteger(size) || size < 0)
        throw refuse("a size is no octal number", name, text(header, 124, 12));
      const type = text(header, 156, 1);
      const names = type === "L" || type === "x";
      const isFile = (type === "" || type === "0") && wanted(name);
      const content = names || isFile ? await bytes.take(size) : undefined;
      const length = content?.length ?? (await bytes.skip(size));
      if (length < size) throw refuse("it ends inside an entry", name, `${length} of ${size} bytes`);
      await bytes.skip(filler(size));
      given = undefined;
      if (names && content !== undefined)
        given = type === "x" ? paxPath(content) : text(content, 0, content.length);
      else if (isFile && content !== undefined) yield { name, bytes: content };
    }
  } finally {
    await bytes.close();
  }
}

/**
 * Blocks of a plain file in an archive: a POSIX header without owner, rights or time of its own, then content and filler.
 * Python's tarfile makes the same of `TarInfo(name)` in its USTAR format.
 */
export function tarFile(name: string, bytes: Uint8Array): Uint8Array {
  const header = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(name) > 100) throw new Error(`tar: a name of more than 100 bytes: ${name}`);
  header.write(name, 0);
  header.write("0000644\x000000000\x000000000\0", 100);
  header.write(`${bytes.length.toString(8).padStart(11, "0")}\x0000000000000\0`, 124);
  header.write("        0", 148);
  header.write("ustar\x0000", 257);
  header.write(`${headerSum(header).toString(8).padStart(6, "0")}\0 `, 148);
  return new Uint8Array(Buffer.concat([header, bytes, Buffer.alloc(filler(bytes.length))]));
}

/** What ends an archive. */
export const TAR_END: Uint8Array = new Uint8Array(2 * BLOCK);
