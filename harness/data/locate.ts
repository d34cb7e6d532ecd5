// Which stored copy of a file would be used: cache, then mirror folders, in that order. Looks at names and sizes only;
// reading and hashing belong to resolve.ts and verify.ts.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder, mirrorFolders, offline } from "./folders.ts";
import type { Content, DataSource, SourceFile } from "./source.ts";
import { storageError, systemCode } from "./storage.ts";

/** Where to look. Left out, the environment decides (folders.ts). */
export interface Places {
  readonly cache: string;
  readonly mirrors: readonly string[];
  readonly offline: boolean;
}

export const defaultPlaces = (): Places => ({
  cache: cacheFolder(),
  mirrors: mirrorFolders(),
  offline: offline(),
});

/** A stored copy that exists, not yet read. */
export interface Copy {
  readonly place: "cache" | "mirror";
  readonly path: string;
  readonly packing: "none" | "gzip";
  /** What its unpacked bytes must be. */
  readonly content: Content;
  readonly part: boolean;
  /** Size on disk. */
  readonly storedBytes: number;
}

/** Folder of a source in the cache. */
export const sourceFolder = (source: Pick<DataSource, "id">, places: Places): string =>
  join(places.cache, "data", source.id);

/** Cached official file, unpacked. Its hash is in the name, so that another version of a source never meets an old file. */
export const cachePath = (source: Pick<DataSource, "id">, file: SourceFile, places: Places): string =>
  join(sourceFolder(source, places), `${file.sha256.slice(0, 12)}-${file.name}`);

/** Size of a file, or undefined when there is none at `path` (or it is no file). */
export async function fileSize(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch (cause) {
    const code = systemCode(cause);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw storageError("read", path, cause);
  }
}

const contentOf = ({ sha256, bytes, rows }: Content): Content => ({
  sha256,
  bytes,
  ...(rows === undefined ? {} : { rows }),
});

/** All stored copies of a file in the order of preference. */
export async function copies(source: DataSource, file: SourceFile, places: Places): Promise<Copy[]> {
  const found: Copy[] = [];
  const cached = cachePath(source, file, places);
  const cachedBytes = await fileSize(cached);
  if (cachedBytes !== undefined) {
    found.push({
      place: "cache",
      path: cached,
      packing: "none",
      content: contentOf(file),
      part: false,
      storedBytes: cachedBytes,
    });
  }
  const { mirror } = file;
  if (mirror === undefined) return found;
  for (const folder of places.mirrors) {
    const path = join(folder, ...mirror.path.split("/"));
    const storedBytes = await fileSize(path);
    if (storedBytes === undefined) continue;
    found.push({
      place: "mirror",
      path,
      packing: mirror.packing,
      content: contentOf(mirror.content ?? file),
      part: mirror.content !== undefined,
      storedBytes,
    });
  }
  return found;
}

/** The copy that resolution uses, or undefined when the file is not on this machine. */
export async function preferredCopy(
  source: DataSource,
  file: SourceFile,
  places: Places,
): Promise<Copy | undefined> {
  return (await copies(source, file, places))[0];
}
