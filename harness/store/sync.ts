// Files into the database and back. The files are the truth: what they say replaces what the database says.
import { existsSync, renameSync } from "node:fs";
import { eq, notInArray, sql } from "drizzle-orm";
import { RankbenchError } from "#harness/failure/error.ts";
import {
  type FileStamp,
  fileStamp,
  listRecordFiles,
  type ReadRecord,
  type RecordFile,
  readRecordFile,
  writeRecord,
} from "#harness/record/file.ts";
import { renderRecord } from "#harness/record/format.ts";
import { inTransaction, openStore, type Store } from "./database.ts";
import { explained, isDamaged } from "./errors.ts";
import { place, sha256 } from "./ingest.ts";
import { inserterOf } from "./insert.ts";
import { exportMeasurements, syncMeasurements } from "./measurements.ts";
import { storedRecords } from "./read.ts";
import { environments, recordFiles, runs } from "./schema.ts";

/** Records put in by one transaction: enough to be fast, few enough that other writers wait for milliseconds only. */
const BATCH = 100;

export interface SyncReport {
  /** Runs that the database did not have. */
  readonly added: number;
  /** Runs whose file says other than the database did. */
  readonly replaced: number;
  /** Files that say what the database has. */
  readonly unchanged: number;
  /** Files that cannot be used, with the reason. What the database has of their runs is kept: it may be the last copy. */
  readonly refused: readonly { readonly file: string; readonly error: RankbenchError }[];
}

type Pending = { readonly read: ReadRecord & { readonly ok: true }; readonly stamp: FileStamp };

/** Stores the files that `isKnown` does not vouch for; `anew` also where the database has their very text. */
async function takeFiles(
  store: Store,
  root: string,
  isKnown: (file: RecordFile, stamp: FileStamp) => boolean,
  replace: true | "anew" = true,
  seen: (file: RecordFile) => void = () => undefined,
): Promise<SyncReport> {
  const counts = { added: 0, replaced: 0, exists: 0 };
  const refused: { file: string; error: RankbenchError }[] = [];
  let unchanged = 0;
  let batch: Pending[] = [];
  const flush = (): void => {
    const inserter = inserterOf(store);
    const results = inTransaction(store, () =>
      batch.map(({ read, stamp }) => {
        const { result, key } = place(store, read.record, sha256(renderRecord(read.record)), replace);
        inserter.file({ path: read.file.path, run: key, ...stamp });
        return result;
      }),
    );
    for (const result of results) counts[result]++;
    batch = [];
  };
  for await (const file of listRecordFiles(root)) {
    // The stamp is taken before the text: a change in between shows at the next look.
    const stamp = fileStamp(file.file);
    if (stamp === undefined) continue;
    seen(file);
    if (isKnown(file, stamp)) {
      unchanged++;
      continue;
    }
    const read = await readRecordFile(root, file);
    if (read.ok) batch.push({ read, stamp });
    else refused.push({ file: file.file, error: read.error });
    if (batch.length >= BATCH) flush();
  }
  if (batch.length > 0) flush();
  return { added: counts.added, replaced: counts.replaced, unchanged: unchanged + counts.exists, refused };
}

/**
 * Takes what is new or changed among the record files. Cheap when nothing is: one look at the folder and no file opened.
 * Runs that only the database has are kept.
 */
export async function syncWithFiles(store: Store, root: string): Promise<SyncReport> {
  const damaged = await syncMeasurements(store, root, { anew: false });
  const rows = explained(store.path, () => store.db.select().from(recordFiles).all());
  const known = new Map(rows.map((row) => [row.path, row]));
  const report = await takeFiles(store, root, (file, stamp) => {
    const row = known.get(file.path);
    return row !== undefined && row.bytes === stamp.bytes && row.changed === stamp.changed;
  });
  return { ...report, refused: [...report.refused, ...damaged] };
}

export interface RebuildReport extends SyncReport {
  /** Runs that the database had without a file; they are gone from it. */
  readonly removed: readonly string[];
  /** Where a damaged database was moved; null when it was sound or there was none. */
  readonly setAside: string | null;
}

/** The first free name for a damaged database; its log files move with it. */
function moveAside(path: string): string {
  let number = 1;
  while (existsSync(`${path}.damaged-${number}`)) number++;
  const aside = `${path}.damaged-${number}`;
  for (const suffix of ["", "-wal", "-shm"]) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  return aside;
}

/** True when SQLite finds nothing wrong, no row points to nothing, and the tables are those that the migrations make. */
function isSound(store: Store): boolean {
  if (store.sqlite.pragma("integrity_check(1)", { simple: true }) !== "ok") return false;
  if ((store.sqlite.pragma("foreign_key_check") as unknown[]).length > 0) return false;
  const fresh = openStore(":memory:");
  try {
    return tablesOf(store) === tablesOf(fresh);
  } finally {
    fresh.close();
  }
}

const tablesOf = (store: Store): string =>
  JSON.stringify(
    store.sqlite
      .prepare("select type, name, sql from sqlite_master where name not like 'sqlite_%' order by name")
      .all(),
  );

/** Opens the database; one beyond use is moved aside, never deleted, and a new one takes its place. */
function openOrMoveAside(path: string): { readonly store: Store; readonly setAside: string | null } {
  let store: Store | undefined;
  try {
    store = openStore(path);
    if (isSound(store)) return { store, setAside: null };
  } catch (error) {
    if (!isDamaged(causeOf(error))) {
      store?.close();
      throw error;
    }
  }
  store?.close();
  const setAside = moveAside(path);
  return { store: openStore(path), setAside };
}

const causeOf = (error: unknown): unknown => (error instanceof RankbenchError ? error.parts.cause : error);

/**
 * Makes the database at `path` say what the record files below `root` say, whatever it said before. Other commands may
 * use the database meanwhile.
 */
export async function rebuild(root: string, path: string): Promise<RebuildReport> {
  const { store, setAside } = openOrMoveAside(path);
  try {
    // No row is trusted, whatever hash stands beside it: environments are made again as their runs are.
    inTransaction(store, () =>
      store.db
        .update(environments)
        .set({ hash: sql`'old ' || ${environments.key}` })
        .run(),
    );
    const present = new Set<string>();
    const report = await takeFiles(
      store,
      root,
      () => false,
      "anew",
      (file) => present.add(file.path),
    );
    const removed = inTransaction(store, () => {
      const rows = store.db.select({ path: recordFiles.path }).from(recordFiles).all();
      for (const { path: known } of rows) {
        if (!present.has(known)) store.db.delete(recordFiles).where(eq(recordFiles.path, known)).run();
      }
      const gone = store.db
        .delete(runs)
        .where(sql`not exists (select 1 from ${recordFiles} where ${recordFiles.run} = ${runs.key})`)
        .returning({ id: runs.id })
        .all();
      const used = store.db.selectDistinct({ key: runs.environment }).from(runs);
      store.db.delete(environments).where(notInArray(environments.key, used)).run();
      return gone.map((row) => row.id);
    });
    const damaged = await syncMeasurements(store, root, { anew: true });
    return { ...report, refused: [...report.refused, ...damaged], removed, setAside };
  } finally {
    store.close();
  }
}

export interface ExportReport {
  readonly written: number;
  /** Files that were there already; they are kept, whatever they hold. */
  readonly existing: number;
}

/** Writes the record file of every stored run that has none below `root`. */
export async function exportRecords(store: Store, root: string): Promise<ExportReport> {
  let written = 0;
  let existing = 0;
  for (const record of storedRecords(store)) {
    const { result } = await writeRecord(root, record);
    if (result === "written") written++;
    else existing++;
  }
  await exportMeasurements(store, root);
  return { written, existing };
}
