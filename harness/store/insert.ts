// Puts the rows of a record into the tables and takes them out again. Transactions and conflicts are the caller's matter.
import { eq, getTableColumns, type InferInsertModel, sql } from "drizzle-orm";
import type { SQLiteInsertValue, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Store } from "./database.ts";
import type { RecordRows } from "./rows.ts";
import * as tables from "./schema.ts";

/** A prepared insert of one row; returns the key that SQLite gave. */
function preparedInsert<T extends SQLiteTable>(
  store: Store,
  table: T,
  leftOut: readonly string[] = [],
): (row: InferInsertModel<T>) => number {
  const names = Object.keys(getTableColumns(table)).filter((name) => !leftOut.includes(name));
  const values = Object.fromEntries(names.map((name) => [name, sql.placeholder(name)]));
  const statement = store.db
    .insert(table)
    .values(values as SQLiteInsertValue<T>)
    .prepare();
  return (row) => Number(statement.run(row as Record<string, unknown>).lastInsertRowid);
}

export interface Inserter {
  /** Inserts a whole record and returns the key of its run. */
  record(rows: RecordRows): number;
  /** Removes a run with all its rows. */
  remove(runKey: number): void;
  /** Notes that a record file was read; replaces what was known of its path. */
  file(row: InferInsertModel<typeof tables.recordFiles>): void;
}

/** Statements are prepared once a connection. */
const inserters = new WeakMap<Store, Inserter>();

export function inserterOf(store: Store): Inserter {
  const known = inserters.get(store);
  if (known !== undefined) return known;
  const made = makeInserter(store);
  inserters.set(store, made);
  return made;
}

function makeInserter(store: Store): Inserter {
  const { db } = store;
  const insertRun = preparedInsert(store, tables.runs, ["key"]);
  const insertEnvironment = preparedInsert(store, tables.environments, ["key"]);
  const insertMetric = preparedInsert(store, tables.metrics);
  const insertPhase = preparedInsert(store, tables.phases);
  const insertCurve = preparedInsert(store, tables.curves);
  const insertLatency = preparedInsert(store, tables.latencies);
  const insertPredictions = preparedInsert(store, tables.predictions);
  const insertNote = preparedInsert(store, tables.notes);
  const insertDataFile = preparedInsert(store, tables.dataFiles);
  const insertFile = preparedInsert(store, tables.recordFiles);
  const findEnvironment = db
    .select({ key: tables.environments.key })
    .from(tables.environments)
    .where(eq(tables.environments.hash, sql.placeholder("hash")))
    .prepare();
  const removeRun = db
    .delete(tables.runs)
    .where(eq(tables.runs.key, sql.placeholder("key")))
    .prepare();
  const removeFile = db
    .delete(tables.recordFiles)
    .where(eq(tables.recordFiles.path, sql.placeholder("path")))
    .prepare();

  return {
    record(rows) {
      const known = findEnvironment.get({ hash: rows.environment.hash });
      const environment = known?.key ?? insertEnvironment(rows.environment);
      const run = insertRun({ ...rows.run, environment });
      for (const row of rows.metrics) insertMetric({ run, ...row });
      for (const row of rows.phases) insertPhase({ run, ...row });
      for (const row of rows.curves) insertCurve({ run, ...row });
      for (const row of rows.latencies) insertLatency({ run, ...row });
      if (rows.predictions !== null) insertPredictions({ run, ...rows.predictions });
      for (const row of rows.notes) insertNote({ run, ...row });
      for (const row of rows.dataFiles) insertDataFile({ run, ...row });
      return run;
    },
    remove(key) {
      removeRun.run({ key });
    },
    file(row) {
      removeFile.run({ path: row.path });
      insertFile(row);
    },
  };
}
