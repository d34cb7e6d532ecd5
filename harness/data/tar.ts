// Entries of a tar archive as its bytes stream by. Plain files only; whatever else an archive holds is passed over.
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

/** Hands out bytes in pieces of any size from chunks as they come. */
function pieces(chunks: AsyncIterable<Uint8Array>) {
  const source = chunks[Symbol.asyncIterator]();
  let held = Buffer.alloc(0);
  return {
    /** The next `length` bytes; fewer at the end. */
    async take(length: number): Promise<Uint8Array> {
      const parts: Uint8Array[] = [];
      let missing = length;
      while (missing > 0) {
        if (held.length === 0) {
          const next = await source.next();
          if (next.done === true) break;
          held = Buffer.from(next.value);
        }
        parts.push(held.subarray(0, missing));
        missing -= Math.min(missing, held.length);
        held = held.subarray(parts.at(-1)?.length ?? 0);
      }
      return new Uint8Array(Buffer.concat(parts));
    },
  };
}

/**
 * The plain files that `wanted` accepts, in the archive's order, each held in memory while it is looked at. Throws a `data`
 * error for a header whose sum is wrong and for an archive that ends inside an entry. `label` names it in messages.
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
  for (let entry = 0; ; entry++) {
    const header = await bytes.take(BLOCK);
    // Two blocks of zeros end an archive; one, or the plain end, is taken as well.
    if (header.length === 0 || header.every((byte) => byte === 0)) return;
    if (header.length < BLOCK) throw refuse("it ends inside a header", "entry", entry);
    const stated = Number.parseInt(text(header, 148, 8).trim(), 8);
    if (stated !== headerSum(header)) throw refuse("a header's sum is wrong", "entry", entry);
    const name = text(header, 0, 100);
    const size = Number.parseInt(text(header, 124, 12).trim(), 8);
    if (!Number.isSafeInteger(size) || size < 0)
      throw refuse("a size is no octal number", name, text(header, 124, 12));
    const type = text(header, 156, 1);
    const padded = Math.ceil(size / BLOCK) * BLOCK;
    const isFile = type === "" || type === "0";
    const content = await bytes.take(padded);
    if (content.length < size)
      throw refuse("it ends inside an entry", name, `${content.length} of ${size} bytes`);
    if (isFile && wanted(name)) yield { name, bytes: content.subarray(0, size) };
  }
}
