// Official files into the cache: download, check, unpack, check again, move into place. A name in the cache therefore
// always was a whole, right file when it appeared.
import { createHash } from "node:crypto";
import { copyFile, link, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { RankbenchError } from "#harness/failure/error.ts";
import { hashContent, measuring, openBytes, readBytes, wrongContent } from "./content.ts";
import { type DownloadOptions, type DownloadResult, download } from "./download.ts";
import { cachePath, fileSize, type Places, sourceFolder } from "./locate.ts";
import { type LockOptions, withLock } from "./lock.ts";
import type { DataSource, OfficialCopy, Packing, SourceFile } from "./source.ts";
import { makeFolder, storageError, writeAtomically } from "./storage.ts";
import { tarEntries } from "./tar.ts";
import { unzipEntries } from "./zip.ts";

export type FetchOptions = DownloadOptions & { readonly lock?: LockOptions };

type OfficialFile = SourceFile & { readonly official: OfficialCopy };

/** Unfinished download of an address, beside the source's cached files. */
function partPath(source: DataSource, url: string, places: Places): string {
  const name = url.split(/[?#]/)[0]?.split("/").pop() ?? "";
  const tag = createHash("sha256").update(url).digest("hex").slice(0, 8);
  return join(sourceFolder(source, places), `${tag}-${name.replaceAll(/[^\w.-]/g, "_")}.part`);
}

/** Checks what the server sent against the recorded hash, or returns the mismatch. */
async function mismatch(part: string, official: OfficialCopy): Promise<RankbenchError | undefined> {
  if (official.sha256 === undefined) return undefined;
  const got = await hashContent({ path: part, packing: "none" });
  if (got.sha256 === official.sha256) return undefined;
  return new RankbenchError({
    reason: "data",
    thing: `download ${official.url}`,
    problem: "the file is not the one that was recorded; it was thrown away",
    field: "sha256 of the download",
    value: `${got.sha256} (${got.bytes} bytes)`,
    wanted: official.bytes === undefined ? official.sha256 : `${official.sha256} (${official.bytes} bytes)`,
    next: "run the command again; if it stays, the official file has changed or something on the way replaces it: use a mirror (RANKBENCH_MIRRORS)",
  });
}

/** Downloads to `part`; a resumed download that turns out wrong is tried once more from its first byte. */
async function obtain(
  part: string,
  official: OfficialCopy,
  options: DownloadOptions,
): Promise<DownloadResult> {
  for (;;) {
    const { url, bytes } = official;
    const result = await download({ url, part, ...(bytes === undefined ? {} : { bytes }) }, options);
    if (result.state === "unreachable") return result;
    const wrong = await mismatch(part, official);
    if (wrong === undefined) return result;
    await rm(part, { force: true });
    if (!result.resumed) throw wrong;
  }
}

/** For file systems without hard links: a copy that appears whole or not at all. */
async function copyWhole(from: string, to: string): Promise<void> {
  await copyFile(from, `${to}.tmp`);
  await rename(`${to}.tmp`, to);
}

/** An entry of a downloaded archive; undefined where it has none of that name. Throws a `data` error for a damaged archive. */
async function archiveEntry(
  part: string,
  { kind, entry }: Extract<Packing, { readonly entry: string }>,
  url: string,
): Promise<Uint8Array | undefined> {
  const named = (name: string) => name === entry;
  if (kind === "zip")
    return unzipEntries(await readBytes({ path: part, packing: "none" }), url, named).get(entry);
  for await (const { bytes } of tarEntries(openBytes({ path: part, packing: "gzip" }), url, named))
    return bytes;
  return undefined;
}

/** Puts the checked content of `file` from the download into the cache. */
async function unpack(source: DataSource, file: OfficialFile, part: string, places: Places): Promise<void> {
  const target = cachePath(source, file, places);
  const { packing, url } = file.official;
  const thing = `file ${file.name} of ${url}`;
  const next =
    "the official file has changed or the source's record is wrong: use a mirror (RANKBENCH_MIRRORS) and report it";
  if (packing.kind === "none") {
    const got = await hashContent({ path: part, packing: "none" });
    if (got.sha256 !== file.sha256) throw wrongContent(thing, file, got, next);
    // Another file of the source may be the same download under another name: the download stays until all have it.
    await link(part, target)
      .catch(() => copyWhole(part, target))
      .catch((cause: unknown) => {
        throw storageError("write", target, cause);
      });
    return;
  }
  let chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  if (packing.kind === "gzip") {
    chunks = openBytes({ path: part, packing: "gzip" });
  } else {
    const entry = await archiveEntry(part, packing, url);
    if (entry === undefined) {
      throw new RankbenchError({
        reason: "data",
        thing: `archive ${url}`,
        problem: "an entry is missing",
        field: "entry",
        value: packing.entry,
        next,
      });
    }
    chunks = [entry];
  }
  const measured = measuring(chunks);
  await writeAtomically(target, measured.chunks, {
    accept() {
      const got = measured.digest();
      if (got.sha256 !== file.sha256) throw wrongContent(thing, file, got, next);
    },
  });
}

/**
 * Brings the given files of a source into the cache, one download per address. Resolves to the first address that could
 * not be reached, or undefined when all files are there. Throws `data` and `storage` errors.
 */
export async function fetchOfficial(
  source: DataSource,
  files: readonly OfficialFile[],
  places: Places,
  options: FetchOptions = {},
): Promise<{ readonly url: string; readonly detail: string } | undefined> {
  await makeFolder(sourceFolder(source, places));
  for (const url of new Set(files.map((file) => file.official.url))) {
    const group = files.filter((file) => file.official.url === url);
    const part = partPath(source, url, places);
    const unreachable = await withLock(
      `${part}.lock`,
      async () => {
        // Another process may have brought them while this one waited for the lock.
        const missing: OfficialFile[] = [];
        for (const file of group)
          if ((await fileSize(cachePath(source, file, places))) === undefined) missing.push(file);
        const first = missing[0];
        if (first === undefined) return undefined;
        const result = await obtain(part, first.official, options);
        if (result.state === "unreachable") return { url, detail: result.detail };
        try {
          for (const file of missing) await unpack(source, file, part, places);
        } catch (error) {
          // A full disk says nothing against the download: keep it for the next attempt. A wrong one must go.
          if (error instanceof RankbenchError && error.parts.reason === "data")
            await rm(part, { force: true });
          throw error;
        }
        await rm(part, { force: true });
        return undefined;
      },
      options.lock,
    );
    if (unreachable !== undefined) return unreachable;
  }
  return undefined;
}
