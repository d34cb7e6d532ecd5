// Which stored copy of a file would be used: cache, then mirror folders, in that order. Looks at names and sizes only;
// reading and hashing belong to resolve.ts and verify.ts.
import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder, mirrorFolders, offline } from "./folders.ts";
import type { Content, DataSource, MirrorCopy, PackageCopy, SourceFile, StoredPacking } from "./source.ts";
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
  readonly packing: StoredPacking;
  /** The package that it is a file of, where it is one. */
  readonly package?: Pick<PackageCopy, "name" | "version">;
  /** What its unpacked bytes must be. */
  readonly content: Content;
  readonly part: boolean;
  /** Size on disk; null for a folder, whose files are not looked at one by one. */
  readonly storedBytes: number | null;
  /** Recorded hash of the file as stored, for mirror copies that have one. */
  readonly storedSha256?: string;
}

/** Name and version of a copy's package; null where it is no package's. */
export const packageName = (copy: Copy): string | null =>
  copy.package === undefined ? null : `${copy.package.name} ${copy.package.version}`;

/** Folder of a source in the cache. */
export const sourceFolder = (source: Pick<DataSource, "id">, places: Places): string =>
  join(places.cache, "data", source.id);

/** Cached official file, unpacked. Its hash is in the name, so that another version of a source never meets an old file. */
export const cachePath = (source: Pick<DataSource, "id">, file: SourceFile, places: Places): string =>
  join(sourceFolder(source, places), `${file.sha256.slice(0, 12)}-${file.name}`);

async function found(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw storageError("read", path, cause);
  }
}

/** Size of a file, or undefined when there is none at `path` (or it is no file). */
export async function fileSize(path: string): Promise<number | undefined> {
  const at = await found(path);
  return at?.isFile() === true ? at.size : undefined;
}

/** `fileSize`, or null for a folder that is there. */
async function storedSize(path: string, packing: StoredPacking): Promise<number | null | undefined> {
  if (typeof packing === "string") return fileSize(path);
  return (await found(path))?.isDirectory() === true ? null : undefined;
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
  const all: Copy[] = [];
  if (file.package !== undefined) {
    const { name, version, path: inside, packing } = file.package;
    const path = join(PACKAGES, ...name.split("/"), ...inside.split("/"));
    const storedBytes = await storedSize(path, packing);
    if (storedBytes !== undefined)
      all.push({
        place: "package",
        path,
        packing,
        package: { name, version },
        content: contentOf(file),
        part: false,
        storedBytes,
      });
  }
  const cached = cachePath(source, file, places);
  const cachedBytes = await fileSize(cached);
  if (cachedBytes !== undefined) {
    all.push({
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
      all.push({
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
  return all;
}

/** The copy that resolution uses, or undefined when the file is not on this machine. */
export async function preferredCopy(
  source: DataSource,
  file: SourceFile,
  places: Places,
): Promise<Copy | undefined> {
  return (await copies(source, file, places))[0];
}
