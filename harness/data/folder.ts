// A folder of many files as one content: the tar archive of its files in order of their names. The archive has no owner,
// time or rights in it, so that equal files give equal bytes on every machine.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { storageError } from "./storage.ts";
import { TAR_END, tarFile } from "./tar.ts";

/** Files that are read at one time. */
const AT_ONCE = 32;

/**
 * The files of `folder` itself whose names end in `suffix`, as a tar archive. Throws a `storage` error where the folder
 * or a file cannot be read.
 */
export async function* folderAsTar(folder: string, suffix: string): AsyncGenerator<Uint8Array> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    throw storageError("read", folder, cause);
  }
  // By code units: an order that every machine agrees on.
  const wanted = names.filter((file) => file.endsWith(suffix)).sort();
  for (let from = 0; from < wanted.length; from += AT_ONCE)
    yield* await Promise.all(
      wanted.slice(from, from + AT_ONCE).map(async (name) => {
        const path = join(folder, name);
        const bytes = await readFile(path).catch((cause: unknown) => {
          throw storageError("read", path, cause);
        });
        return tarFile(name, bytes);
      }),
    );
  yield TAR_END;
}
