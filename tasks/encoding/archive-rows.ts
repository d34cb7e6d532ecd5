// Texts that an official archive keeps one a file, and what a copy of a part of them cannot do. Which entries count, and what
// they mean, is the task's matter.
import { createHash } from "node:crypto";
import { openBytes } from "#harness/data/content.ts";
import type { ResolvedFile } from "#harness/data/source.ts";
import { tarEntries } from "#harness/data/tar.ts";
import { RankbenchError } from "#harness/failure/error.ts";

export interface ArchiveText {
  /** Name of the text, without the archive's own folder. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

const digest = (id: string): string => createHash("sha256").update(id).digest("hex");

/**
 * Texts of a tar archive in gzip to which `idOf` gives an id, in order of the SHA-256 of their ids: an order without any
 * meaning that is the same for every copy, and that of the lines in which a mirror keeps a part. Throws `data` errors, also
 * where there is no such text.
 */
export async function archiveTexts(
  file: ResolvedFile,
  idOf: (name: string) => string | null,
): Promise<ArchiveText[]> {
  const texts: (ArchiveText & { readonly order: string })[] = [];
  const unpacked = openBytes({ path: file.path, packing: "gzip" });
  for await (const { name, bytes } of tarEntries(unpacked, file.path, (entry) => idOf(entry) !== null)) {
    const id = idOf(name);
    if (id !== null) texts.push({ id, bytes, order: digest(id) });
  }
  if (texts.length === 0) {
    throw new RankbenchError({
      reason: "data",
      thing: `archive ${file.path}`,
      problem: "it has none of the task's texts",
      next: "delete the file and run the command again",
    });
  }
  return texts.sort((a, b) => (a.order < b.order ? -1 : 1));
}

/** Refuses a copy that has a part only, for a scale that wants everything. */
export function requireWhole(file: ResolvedFile, scale: string): void {
  if (!file.part) return;
  throw new RankbenchError({
    reason: "data",
    thing: `file ${file.path}`,
    problem: `it is a part of the official data, and scale ${scale} wants the whole`,
    field: "file",
    value: file.name,
    wanted: "the official file",
    next: "take the folder out of RANKBENCH_MIRRORS, so that the official file is downloaded, or choose --scale small",
  });
}
