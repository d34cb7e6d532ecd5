// One process at a time per path, so that two commands do not write into one unfinished download. The holder keeps the
// lock file's time fresh; a lock that has gone stale (its holder was killed) is taken over.
import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder, storageError, systemCode } from "./storage.ts";

export interface LockOptions {
  /** Age in ms after which a lock counts as abandoned. The holder touches it four times as often. */
  readonly staleMs?: number;
  readonly pollMs?: number;
}

async function take(path: string, token: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    await file.writeFile(token);
    await file.close();
    return true;
  } catch (cause) {
    if (systemCode(cause) === "EEXIST") return false;
    throw storageError("write", path, cause);
  }
}

/** Moves an abandoned lock away. By rename, so that of several waiters one does it. */
async function removeStale(path: string, staleMs: number): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || Date.now() - found.mtimeMs < staleMs) return;
  const aside = `${path}.${randomUUID().slice(0, 8)}.stale`;
  await rename(path, aside).catch(() => undefined);
  await rm(aside, { force: true });
}

/** Runs `work` while holding the lock file `path`; waits for another holder first. */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const { staleMs = 20_000, pollMs = 100 } = options;
  await makeFolder(dirname(path));
  const token = randomUUID();
  while (!(await take(path, token))) {
    await removeStale(path, staleMs);
    await sleep(pollMs);
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, staleMs / 4);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    // Only our own lock: it may have been taken over while this process was suspended.
    if ((await readFile(path, "utf8").catch(() => "")) === token) await rm(path, { force: true });
  }
}
