// Which stored copy of a file would be used: cache, then mirror folders, in that order. Looks at names and sizes only;
// reading and hashing belong to resolve.ts and verify.ts.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder, mirrorFolders, offline } from "./folders.ts";
import type { Content, DataSource, MirrorCopy, SourceFile } from "./source.ts";
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
  readonly place: "package" | "cache" | "mirror";
  readonly path: string;
  readonly packing: "none" | "gzip";
  /** What its unpacked bytes must be. */
  readonly content: Content;
  readonly part: boolean;
  /** Size on disk. */
  readonly storedBytes: number;
  /** Recorded hash of the file as stored, for mirror copies that have one. */
  readonly storedSha256?: string;
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

/** Mirror copies of a file in the order of preference: in all folders the whole one, then the other. */
const mirrorsOf = ({ wholeMirror, mirror }: SourceFile): readonly MirrorCopy[] =>
  [wholeMirror, mirror].flatMap((copy) => copy ?? []);

/** Where the project's own dependencies are installed: beside its code, wherever data is kept. */
const PACKAGES = fileURLToPath(new URL("../../node_modules", import.meta.url));

/** All stored copies of a file in the order of preference. */
export async function copies(source: DataSource, file: SourceFile, places: Places): Promise<Copy[]> {
  const found: Copy[] = [];
  if (file.package !== undefined) {
    const { name, path: inside, packing } = file.package;
    const path = join(PACKAGES, ...name.split("/"), ...inside.split("/"));
    const storedBytes = await fileSize(path);
    if (storedBytes !== undefined)
      found.push({
        place: "package",
        path,
        packing,
        content: contentOf(file),
        part: false,
        storedBytes,
      });
  }
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
  for (const mirror of mirrorsOf(file)) {
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
        ...(mirror.sha256 === undefined ? {} : { storedSha256: mirror.sha256 }),
      });
    }
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
