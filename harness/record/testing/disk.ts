// A tiny file system in memory for tests of full and read-only disks, where this machine lets us mount one.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TinyDisk {
  readonly folder: string;
  makeReadOnly(): void;
  makeWritable(): void;
  /** Takes it away; everything on it must be closed. */
  remove(): void;
}

const mount = (...words: readonly string[]): void => {
  execFileSync("mount", [...words], { stdio: "ignore" });
};

/** A disk of so many KiB; throws where mounting is not allowed. */
export function tinyDisk(kibibytes: number): TinyDisk {
  const folder = join(mkdtempSync(join(tmpdir(), "rankbench-disk-")), "disk");
  mkdirSync(folder);
  try {
    mount("-t", "tmpfs", "-o", `size=${kibibytes}k`, "tmpfs", folder);
  } catch (error) {
    rmdirSync(folder);
    rmdirSync(join(folder, ".."));
    throw error;
  }
  return {
    folder,
    makeReadOnly: () => mount("-o", "remount,ro", folder),
    makeWritable: () => mount("-o", "remount,rw", folder),
    remove() {
      execFileSync("umount", [folder], { stdio: "ignore" });
      rmdirSync(folder);
      rmdirSync(join(folder, ".."));
    },
  };
}

/** Whether this machine lets us mount. */
export function canMount(): boolean {
  try {
    tinyDisk(64).remove();
    return true;
  } catch {
    return false;
  }
}
