// Record files on disk: results/runs/<task>/<method>/<id>.json, written whole or not at all. What the text means is
// format.ts's matter; nothing here knows the database.
import { existsSync, renameSync, statSync } from "node:fs";
import { access, constants, link, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { messageOf, RankbenchError } from "#harness/failure/error.ts";
import { formatRecord, parseRecord } from "./format.ts";
import { canonicalJson } from "./identity.ts";
import type { RunRecord } from "./schema.ts";

export { parseRecord } from "./format.ts";

/** Folder of all record files of a checkout. */
export const runsFolder = (root: string): string => join(root, "results", "runs");

/** The same below `results/runs`, with `/`: how the database names a file. */
export const recordName = (record: Pick<RunRecord, "id" | "identity">): string =>
  `${record.identity.task}/${record.identity.method}/${record.id}.json`;

/** Where the file of a record stands. */
export const recordPath = (root: string, record: Pick<RunRecord, "id" | "identity">): string =>
  join(runsFolder(root), ...recordName(record).split("/"));

const RECORD_FILE = /^[0-9a-f]{16}\.json$/;
/** `.<id>.<host>.<pid>.<count>.tmp`: the name tells whether its writer still lives. */
const TEMPORARY = /^\.[0-9a-f]{16}\.(.+)\.(\d+)\.\d+\.tmp$/;

let temporaries = 0;

/** A name beside the final one that no other writer has, in this process or another. */
export function temporaryName(folder: string, id: string): string {
  temporaries += 1;
  return join(folder, `.${id}.${hostname()}.${process.pid}.${temporaries}.tmp`);
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

const CAUSES: Readonly<Record<string, { problem: string; next: string }>> = {
  ENOSPC: { problem: "the disk is full", next: "free some space, then run the command again" },
  EDQUOT: { problem: "the disk quota is used up", next: "free some space, then run the command again" },
  EROFS: { problem: "the file system is read-only", next: "work in a checkout on a writable disk" },
  EACCES: { problem: "no permission to write", next: "make the folder writable for this user" },
  EPERM: { problem: "no permission to write", next: "make the folder writable for this user" },
};

/** A failure of the file system as a `storage` error that names the folder and what to do. */
export function storageError(path: string, doing: string, cause: unknown): RankbenchError {
  const code = codeOf(cause);
  const known = code === undefined ? undefined : CAUSES[code];
  return new RankbenchError({
    reason: "storage",
    thing: `folder ${dirname(path)}`,
    problem: `${doing} failed: ${known?.problem ?? messageOf(cause)}`,
    field: "file",
    value: path,
    wanted: "a folder that can be read and written, with free space",
    next: known?.next ?? "check the folder, then run the command again",
    cause,
  });
}

/**
 * Makes a folder with its parents. Node hides the reason of a failure below a read-only parent behind "no such file", so
 * the nearest parent that exists is asked.
 */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    let parent = folder;
    while (!existsSync(parent) && parent !== dirname(parent)) parent = dirname(parent);
    await access(parent, constants.W_OK);
    throw error;
  }
}

/** Flushes a folder's entries to the disk, where the system can. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  // Some systems cannot open or flush a folder; the file itself is on the disk already.
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function writerLives(host: string, pid: number): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** Writes a new file and flushes it to the disk. */
export async function writeFlushed(file: string, text: string): Promise<void> {
  const handle = await open(file, "w");
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what killed writers of this machine left in a folder. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const match = TEMPORARY.exec(name);
    if (match !== null && !writerLives(match[1] ?? "", Number(match[2])))
      await rm(join(folder, name), { force: true });
  }
}

/**
 * Gives the temporary file its final name unless that name is taken; true when it was free. Where the file system knows
 * no hard links, a check and a rename stand in: two writers of one id write the same run, so either may win.
 */
async function claimName(temporary: string, file: string): Promise<boolean> {
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === "EEXIST") return false;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS") throw error;
    if (existsSync(file)) return false;
    renameSync(temporary, file);
    return true;
  }
}

/** Refuses an existing file that is not the same run; a file of equal id can differ only when it is damaged. */
async function checkExisting(file: string, record: RunRecord): Promise<void> {
  const existing = parseRecord(await readFile(file), file);
  if (canonicalJson(existing.identity) === canonicalJson(record.identity)) return;
  throw new RankbenchError({
    reason: "storage",
    thing: `run record ${file}`,
    problem: "another run stands in the file of this one",
    field: "id",
    value: existing.id,
    wanted: record.id,
    next: "move that file to where its id belongs, then run the command again",
  });
}

export interface WriteOutcome {
  /** `exists`: a record of the same identity was there and was kept. */
  readonly result: "written" | "exists" | "replaced";
  readonly file: string;
}

/**
 * Writes the record's file below `root`: whole or not at all, flushed to the disk before it gets its name. An existing
 * file is kept unless `replace`. Failures are `storage` errors; nothing half-written stays.
 */
export async function writeRecord(
  root: string,
  record: RunRecord,
  options: { readonly replace?: boolean } = {},
): Promise<WriteOutcome> {
  const file = recordPath(root, record);
  const text = formatRecord(record);
  const folder = dirname(file);
  const temporary = temporaryName(folder, record.id);
  try {
    await makeFolder(folder);
    await sweep(folder);
    if (options.replace !== true && existsSync(file)) {
      await checkExisting(file, record);
      return { result: "exists", file };
    }
    await writeFlushed(temporary, text);
    const replaced = existsSync(file);
    if (options.replace === true) await rename(temporary, file);
    else if (!(await claimName(temporary, file))) {
      await checkExisting(file, record);
      return { result: "exists", file };
    }
    await syncFolder(folder);
    return { result: replaced ? "replaced" : "written", file };
  } catch (error) {
    throw error instanceof RankbenchError ? error : storageError(file, "writing a run record", error);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** A record file as the folder lists it. */
export interface RecordFile {
  /** Path below `results/runs`, with `/`. */
  readonly path: string;
  readonly file: string;
}

async function folders(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** All record files below `root` in path order. No folder of results is no error: nothing was run yet. */
export async function* listRecordFiles(root: string): AsyncGenerator<RecordFile> {
  const top = runsFolder(root);
  if (!existsSync(top)) return;
  try {
    for (const task of await folders(top)) {
      for (const method of await folders(join(top, task))) {
        const names = await readdir(join(top, task, method));
        for (const name of names.filter((each) => RECORD_FILE.test(each)).sort()) {
          yield { path: `${task}/${method}/${name}`, file: join(top, task, method, name) };
        }
      }
    }
  } catch (error) {
    throw error instanceof RankbenchError
      ? error
      : storageError(join(top, "*"), "reading the run records", error);
  }
}

/** A record that was read, or the reason why its file cannot be used. */
export type ReadRecord =
  | { readonly ok: true; readonly file: RecordFile; readonly record: RunRecord }
  | { readonly ok: false; readonly file: RecordFile; readonly error: RankbenchError };

/** Reads one file; a damaged one, or one that stands in the wrong folder, is told and not thrown. */
export async function readRecordFile(root: string, file: RecordFile): Promise<ReadRecord> {
  try {
    const record = parseRecord(await readFile(file.file), file.file);
    const wanted = recordPath(root, record);
    if (wanted === file.file) return { ok: true, file, record };
    const error = new RankbenchError({
      reason: "storage",
      thing: `run record ${file.file}`,
      problem: "the file stands where its identity does not belong",
      field: "path",
      value: file.file,
      wanted,
      next: "move the file there",
    });
    return { ok: false, file, error };
  } catch (error) {
    const told =
      error instanceof RankbenchError ? error : storageError(file.file, "reading a run record", error);
    return { ok: false, file, error: told };
  }
}

/** All records below `root`, one at a time, so that memory stays flat. */
export async function* readRecords(root: string): AsyncGenerator<ReadRecord> {
  for await (const file of listRecordFiles(root)) yield await readRecordFile(root, file);
}

/** Size in bytes and time of change in nanoseconds: what tells whether a file was touched since it was last read. */
export interface FileStamp {
  readonly bytes: number;
  readonly changed: string;
}

/** The stamp of a file; undefined when there is none. */
export function fileStamp(file: string): FileStamp | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : { bytes: Number(stat.size), changed: String(stat.mtimeNs) };
}
