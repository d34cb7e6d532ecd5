// Entries of a zip archive held in memory. Only stored and deflated entries, which is what data archives use.
import { unzipSync } from "fflate";
import { RankbenchError } from "#harness/failure/error.ts";

/**
 * The unpacked entries that `wanted` accepts, by name; all files if it is left out. Throws a `data` error for a damaged archive.
 * `label` names the archive in messages.
 */
export function unzipEntries(
  archive: Uint8Array,
  label: string,
  wanted: (name: string) => boolean = () => true,
): Map<string, Uint8Array> {
  try {
    const entries = unzipSync(archive, { filter: ({ name }) => !name.endsWith("/") && wanted(name) });
    return new Map(Object.entries(entries));
  } catch (cause) {
    throw new RankbenchError({
      reason: "data",
      thing: `archive ${label}`,
      problem: `it is no whole zip archive (${cause instanceof Error ? cause.message : String(cause)})`,
      next: "delete the file and run the command again",
      cause,
    });
  }
}
