// Entries of a zip archive held in memory. Only stored and deflated entries, which is what data archives use.
import { unzipSync } from "fflate";
import { messageOf, RankbenchError } from "#harness/failure/error.ts";

/** No deflated byte stands for more unpacked ones than this; a damaged size would else take gigabytes of memory. */
const MOST_TIMES = 1032;

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
    const entries = unzipSync(archive, {
      filter({ name, size, originalSize }) {
        if (name.endsWith("/") || !wanted(name)) return false;
        if (originalSize > 64 + MOST_TIMES * size)
          throw new Error(`${name} says to be larger than it can be`);
        return true;
      },
    });
    return new Map(Object.entries(entries));
  } catch (cause) {
    throw new RankbenchError({
      reason: "data",
      thing: `archive ${label}`,
      problem: `it is no whole zip archive (${messageOf(cause)})`,
      next: "delete the file and run the command again",
      cause,
    });
  }
}
