// Bytes of a stored file after unpacking, as a stream, and their hash. Knows packing, nothing of rows or text.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { messageOf, RankbenchError } from "#harness/failure/error.ts";
import { folderAsTar } from "./folder.ts";
import type { Content, StoredPacking } from "./source.ts";
import { storageError, systemCode } from "./storage.ts";

/** A file, or a folder that stands for one, as it lies on disk. */
export interface StoredFile {
  readonly path: string;
  readonly packing: StoredPacking;
}

/**
 * The unpacked bytes in chunks. Throws a `data` error when the gzip stream is broken or ends early, a `storage` error
 * when the file cannot be read.
 */
export async function* openBytes({ path, packing }: StoredFile): AsyncGenerator<Uint8Array> {
  if (typeof packing !== "string") {
    yield* folderAsTar(path, packing.suffix);
    return;
  }
  const raw = createReadStream(path);
  const stream = packing === "none" ? raw : createGunzip();
  if (stream !== raw) {
    // `pipe` does not forward errors; without this a vanished file would leave the reader waiting for ever.
    raw.on("error", (error) => stream.destroy(error));
    raw.pipe(stream as ReturnType<typeof createGunzip>);
  }
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (cause) {
    if (systemCode(cause)?.startsWith("Z_") === true) {
      throw new RankbenchError({
        reason: "data",
        thing: `file ${path}`,
        problem: `its gzip stream is damaged (${messageOf(cause)})`,
        next: "delete the file or put a whole copy in its place, then run the command again",
        cause,
      });
    }
    throw storageError("read", path, cause);
  } finally {
    raw.destroy();
  }
}

/** All unpacked bytes at once. */
export async function readBytes(file: StoredFile): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of openBytes(file)) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

/** Hash and size of what passes through; `digest` may be called once, after the last chunk. */
export function measuring(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): {
  readonly chunks: AsyncGenerator<Uint8Array>;
  digest(): { readonly sha256: string; readonly bytes: number };
} {
  const hash = createHash("sha256");
  let bytes = 0;
  async function* pass() {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  return { chunks: pass(), digest: () => ({ sha256: hash.digest("hex"), bytes }) };
}

/** Hash and size of the unpacked bytes; reads the whole file. */
export async function hashContent(
  file: StoredFile,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const measured = measuring(openBytes(file));
  for await (const _ of measured.chunks);
  return measured.digest();
}

/** The error for content that is not what its source says; `next` is what the user can do. */
export function wrongContent(
  thing: string,
  wanted: Content,
  got: { readonly sha256: string; readonly bytes: number },
  next: string,
): RankbenchError {
  return new RankbenchError({
    reason: "data",
    thing,
    problem: "the content is damaged or is another version",
    field: "sha256 of the unpacked bytes",
    value: `${got.sha256} (${got.bytes} bytes)`,
    wanted: `${wanted.sha256} (${wanted.bytes} bytes)`,
    next,
  });
}

/** Hashes the file and refuses any content but the wanted one. */
export async function checkContent(file: StoredFile, wanted: Content): Promise<void> {
  const got = await hashContent(file);
  if (got.sha256 !== wanted.sha256) {
    throw wrongContent(
      `file ${file.path}`,
      wanted,
      got,
      "delete the file or put a right copy in its place, then run the command again",
    );
  }
}
