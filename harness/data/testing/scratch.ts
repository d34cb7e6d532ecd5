// Scratch folders for tests: made before each test, removed after it.
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach } from "vitest";

export interface Scratch {
  /** Absolute path of the folder of the test that is running. */
  readonly folder: () => string;
  /** Writes a file below it, with its folders, and gives its path. */
  readonly put: (path: string, bytes: Uint8Array | string) => Promise<string>;
}

/** To be called once a test file, outside of tests. */
export function scratchFolder(): Scratch {
  let current = "";
  beforeEach(async () => {
    current = await mkdtemp(join(tmpdir(), "rankbench-data-"));
  });
  afterEach(async () => {
    await rm(current, { recursive: true, force: true });
  });
  return {
    folder: () => current,
    async put(path, bytes) {
      const full = join(current, path);
      await mkdir(dirname(full), { recursive: true });
      await writeFile(full, bytes);
      return full;
    },
  };
}

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");
