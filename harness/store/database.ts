// Opens the database: where it lies, its settings, its migrations. No query of runs belongs here.
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { type BetterSQLite3Database, drizzle } from "drizzle-orm/better-sqlite3";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { messageOf, RankbenchError } from "#harness/failure/error.ts";
import { explain, explained } from "./errors.ts";

const BUSY_MS = 30_000;
const MIGRATIONS = fileURLToPath(new URL("./migrations", import.meta.url));
/** drizzle's own table, so that drizzle-kit reads the same state. */
const APPLIED = "__drizzle_migrations";

/** An open database. */
export interface Store {
  readonly path: string;
  readonly sqlite: Database.Database;
  readonly db: BetterSQLite3Database;
  close(): void;
}

/** The database of a checkout: `RANKBENCH_DB` where it is set, else `results/rankbench.sqlite`. */
export const databasePath = (root: string): string =>
  process.env.RANKBENCH_DB || join(root, "results", "rankbench.sqlite");

/** Waits without giving up the thread: opening a database is synchronous. */
const pause = (milliseconds: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
};

/**
 * Switches to the write-ahead log. SQLite does not wait for other processes here, whatever its busy timeout says, so this
 * tries again by itself when several open a new database at once.
 */
function useWriteAheadLog(sqlite: Database.Database): void {
  for (let waited = 0; ; waited += 25) {
    try {
      if (sqlite.pragma("journal_mode", { simple: true }) !== "wal") sqlite.pragma("journal_mode = WAL");
      return;
    } catch (error) {
      if ((error as { readonly code?: string }).code !== "SQLITE_BUSY" || waited >= BUSY_MS) throw error;
      pause(25);
    }
  }
}

function appliedHashes(sqlite: Database.Database): string[] {
  const known = sqlite.prepare("select 1 from sqlite_master where type = 'table' and name = ?").get(APPLIED);
  if (known === undefined) return [];
  return sqlite
    .prepare<[], { hash: string }>(`select hash from ${APPLIED} order by created_at`)
    .all()
    .map((row) => row.hash);
}

function foreign(path: string, value: string, problem: string, next: string): RankbenchError {
  return new RankbenchError({
    reason: "storage",
    thing: `database ${path}`,
    problem,
    field: "schema",
    value,
    wanted: "a database made by this version of Rankbench or an earlier one",
    next,
  });
}

/**
 * Brings the tables up to date from drizzle-kit's SQL files. One immediate transaction covers the look and the change, so
 * that ten processes opening a new database at once do it once.
 */
function migrate(sqlite: Database.Database, path: string): void {
  const files = readMigrationFiles({ migrationsFolder: MIGRATIONS });
  const pending = (): typeof files => {
    const applied = appliedHashes(sqlite);
    const unknown = applied.find((hash, i) => files[i]?.hash !== hash);
    if (unknown !== undefined) {
      const next = "update Rankbench, or name another file in RANKBENCH_DB";
      throw foreign(path, unknown.slice(0, 16), "it was made by another version of Rankbench", next);
    }
    return files.slice(applied.length);
  };
  if (pending().length === 0) return;
  sqlite
    .transaction(() => {
      const todo = pending();
      const tables = sqlite
        .prepare<[], { name: string }>("select name from sqlite_master where type = 'table'")
        .all();
      if (
        todo.length === files.length &&
        tables.some((table) => !table.name.startsWith("sqlite_") && table.name !== APPLIED)
      ) {
        const next = "name another file in RANKBENCH_DB";
        throw foreign(
          path,
          tables.map((table) => table.name).join(", "),
          "it holds tables of another program",
          next,
        );
      }
      sqlite.exec(
        `create table if not exists ${APPLIED} (id integer primary key, hash text not null, created_at numeric)`,
      );
      const note = sqlite.prepare(`insert into ${APPLIED} (hash, created_at) values (?, ?)`);
      for (const file of todo) {
        for (const statement of file.sql) sqlite.exec(statement);
        note.run(file.hash, file.folderMillis);
      }
    })
    .immediate();
}

/**
 * Opens the database at `path`, making and migrating it where needed; `:memory:` gives one that vanishes when closed.
 * A damaged file, a folder that cannot be written and a missing driver are `storage` errors; nothing is ever deleted.
 */
export function openStore(path: string): Store {
  return explained(path, () => {
    if (path !== ":memory:" && !existsSync(dirname(path))) makeFolder(path);
    const sqlite = new Database(path, { timeout: BUSY_MS });
    try {
      useWriteAheadLog(sqlite);
      // The files are flushed first and the rows can be made from them, so the last commits may be lost in a power cut.
      sqlite.pragma("synchronous = NORMAL");
      sqlite.pragma("foreign_keys = ON");
      migrate(sqlite, path);
    } catch (error) {
      sqlite.close();
      throw error;
    }
    return { path, sqlite, db: drizzle(sqlite), close: () => sqlite.close() };
  });
}

function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (cause) {
    throw new RankbenchError({
      reason: "storage",
      thing: `database ${path}`,
      problem: "its folder cannot be made",
      value: (cause as NodeJS.ErrnoException).code ?? String(cause),
      wanted: "a folder that can be written",
      next: "make the folder, or name another file in RANKBENCH_DB",
      cause,
    });
  }
}

/** `work` in one transaction that takes the write lock at its start: it waits for other writers and never fails half-way. */
export function inTransaction<T>(store: Store, work: () => T): T {
  return explained(store.path, () => store.sqlite.transaction(work).immediate());
}

/** As `inTransaction` for reading: one state of the database throughout. */
export function inSnapshot<T>(store: Store, work: () => T): T {
  return explained(store.path, () => store.sqlite.transaction(work).deferred());
}

/** Full check of the file; the complaints, none when it is sound. */
export function integrityProblems(store: Store): readonly string[] {
  try {
    const rows = store.sqlite.pragma("integrity_check") as { readonly integrity_check: string }[];
    return rows.map((row) => row.integrity_check).filter((text) => text !== "ok");
  } catch (error) {
    const told = explain(error, store.path);
    return [messageOf(told)];
  }
}
