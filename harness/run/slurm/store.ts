// Records of elements into the results folder, where an element may run twice (a node that was thought dead, a requeue, two
// submitters): whole or not at all, an equal second one is dropped, an unequal one kept aside. No database: nodes share files.
import { createHash } from "node:crypto";
import { copyFileSync, linkSync, mkdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { resultDifference } from "#harness/record/difference.ts";
import { parseRecord, recordPath, storageError, writeRecord } from "#harness/record/file.ts";
import { formatRecord } from "#harness/record/format.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import { submissionFolder, writeWhole } from "./manifest.ts";

/**
 * `written`, `replaced`: this record stands. `equal`: another attempt's, with the same bits. `unequal`: another attempt's with
 * other bits; ours is kept aside. `kept`: one with a result stands and ours has none.
 */
export type Stored = "written" | "replaced" | "equal" | "unequal" | "kept";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Bytes of a file; null where there is none. */
function bytesOf(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw storageError(file, "reading a run record", error);
  }
}

/** SHA-256 of a record file's text; null where there is none. */
export function recordHash(file: string): string | null {
  const bytes = bytesOf(file);
  return bytes === null ? null : sha256(bytes);
}

/**
 * The record that stands and is not the one to be replaced: the run is done. A damaged file is a `storage` error, before
 * anything is done, since what it held must not be lost by a replacement.
 */
export function settledRecord(file: string, replaces: string | null): RunRecord | null {
  const bytes = bytesOf(file);
  if (bytes === null) return null;
  const record = parseRecord(bytes, file);
  return sha256(bytes) === replaces ? null : record;
}

const asideFile = (root: string, name: string, id: string): string =>
  join(submissionFolder(root, name), "unequal", `${id}.${hostname()}.${process.pid}.json`);

/** How a record stands to one of another attempt at the same run. */
function against(existing: RunRecord, record: RunRecord): "equal" | "unequal" | "kept" | "better" {
  if (record.outcome.state !== "ok") return existing.outcome.state === "ok" ? "kept" : "equal";
  if (existing.outcome.state !== "ok") return "better";
  const { parts } = resultDifference(
    { ...existing, result: existing.outcome.result },
    { ...record, result: record.outcome.result },
  );
  return parts.length === 0 ? "equal" : "unequal";
}

/** How long another element may take between its word that it replaces a record and the replacement. */
const REPLACING_MS = 5000;
const POLL_MS = 100;

/**
 * Says that this element replaces a record, by keeping the old one in the submission's folder; false when another one does.
 * Where a folder cannot hold links there is no such word, and the check before has to do.
 */
function mayReplace(root: string, name: string, file: string, id: string): boolean {
  const kept = join(submissionFolder(root, name), "replaced", `${id}.json`);
  try {
    mkdirSync(dirname(kept), { recursive: true });
    linkSync(file, kept);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (code === "EPERM" || code === "ENOTSUP" || code === "ENOSYS" || code === "EXDEV") {
      copyFileSync(file, kept);
      return true;
    }
    throw storageError(kept, "keeping a record that is replaced", error);
  }
}

/** Stores a record of the submission `name`. `replaces` is the hash of the file that was there when the run was planned. */
export async function storeOnce(
  root: string,
  name: string,
  record: RunRecord,
  replaces: string | null,
): Promise<Stored> {
  const file = recordPath(root, record);
  const deadline = performance.now() + REPLACING_MS;
  for (;;) {
    const bytes = bytesOf(file);
    if (bytes === null) {
      const { result } = await writeRecord(root, record);
      // Somebody was quicker by an instant: compare with that one.
      if (result === "exists") continue;
      return "written";
    }
    const existing = parseRecord(bytes, file);
    if (sha256(bytes) !== replaces) {
      const standing = against(existing, record);
      if (standing === "unequal") writeWhole(asideFile(root, name, record.id), formatRecord(record));
      if (standing !== "better") return standing;
      await writeRecord(root, record, { replace: true });
      return "replaced";
    }
    // A repetition without a result never replaces a record that has one.
    if (existing.outcome.state === "ok" && record.outcome.state !== "ok") return "kept";
    if (mayReplace(root, name, file, record.id) || performance.now() > deadline) {
      await writeRecord(root, record, { replace: true });
      return "replaced";
    }
    await sleep(POLL_MS);
  }
}
