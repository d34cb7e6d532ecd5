// Files that ship with the project beside the code that reads them: weights, tables. Not data of a source: nothing is looked
// for, fetched or replaced.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { storageError } from "./storage.ts";

export interface ShippedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** The file at `url`: `new URL("./weights.safetensors", import.meta.url)`. Throws a `storage` error. */
export async function readShipped(url: URL): Promise<ShippedFile> {
  const path = fileURLToPath(url);
  try {
    const bytes = new Uint8Array(await readFile(path));
    return { path, bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
  } catch (cause) {
    throw storageError("read", path, cause);
  }
}
