// Whole records out of the database.
import { and, asc, eq, gte, lt, sql } from "drizzle-orm";
import { RankbenchError } from "#harness/failure/error.ts";
import { checkRecord } from "#harness/record/format.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import { inSnapshot, type Store } from "./database.ts";
import { explained } from "./errors.ts";
import { toRecord } from "./rows.ts";
import * as tables from "./schema.ts";

const { runs } = tables;

type Reader = (id: string) => RunRecord | undefined;
const readers = new WeakMap<Store, Reader>();

/** Reads the rows of one run by statements that are prepared once a connection. */
function makeReader(store: Store): Reader {
  const { db } = store;
  const key = sql.placeholder("key");
  const { metrics, phases, curves, latencies, predictions, notes, dataFiles, environments } = tables;
  const findRun = db
    .select({ run: runs, environment: environments })
    .from(runs)
    .innerJoin(environments, eq(runs.environment, environments.key))
    .where(eq(runs.id, sql.placeholder("id")))
    .prepare();
  const ofRun = {
    metrics: db.select().from(metrics).where(eq(metrics.run, key)).prepare(),
    phases: db.select().from(phases).where(eq(phases.run, key)).orderBy(asc(phases.position)).prepare(),
    curves: db.select().from(curves).where(eq(curves.run, key)).orderBy(asc(curves.position)).prepare(),
    latencies: db
      .select()
      .from(latencies)
      .where(eq(latencies.run, key))
      .orderBy(asc(latencies.position))
      .prepare(),
    predictions: db.select().from(predictions).where(eq(predictions.run, key)).prepare(),
    notes: db.select().from(notes).where(eq(notes.run, key)).orderBy(asc(notes.position)).prepare(),
    dataFiles: db
      .select()
      .from(dataFiles)
      .where(eq(dataFiles.run, key))
      .orderBy(asc(dataFiles.position))
      .prepare(),
  };
  return (id) => {
    const found = findRun.get({ id });
    if (found === undefined) return undefined;
    const values = { key: found.run.key };
    const without = <T extends { readonly run: number }>(rows: readonly T[]): Omit<T, "run">[] =>
      rows.map(({ run: _, ...rest }) => rest);
    return toRecord({
      run: found.run,
      environment: found.environment,
      metrics: without(ofRun.metrics.all(values)),
      phases: without(ofRun.phases.all(values)),
      curves: without(ofRun.curves.all(values)),
      latencies: without(ofRun.latencies.all(values)),
      predictions: ofRun.predictions.get(values) ?? null,
      notes: without(ofRun.notes.all(values)),
      dataFiles: without(ofRun.dataFiles.all(values)),
    });
  };
}

/** The record of one run exactly as its file has it; undefined when there is none. Rows that were tampered with are an error. */
export function storedRecord(store: Store, id: string): RunRecord | undefined {
  let reader = readers.get(store);
  if (reader === undefined) {
    reader = explained(store.path, () => makeReader(store));
    readers.set(store, reader);
  }
  const read = reader;
  const record = inSnapshot(store, () => read(id));
  return record === undefined ? undefined : checkRecord(record, `${id} in database ${store.path}`);
}

/** Ids of all stored runs in order, or of those that start with `prefix`. */
export function storedIds(store: Store, prefix = ""): string[] {
  // The character after "f" ends the range of hexadecimal digits, so that the index on ids serves prefixes.
  const within = prefix === "" ? undefined : and(gte(runs.id, prefix), lt(runs.id, `${prefix}g`));
  return explained(store.path, () =>
    store.db.select({ id: runs.id }).from(runs).where(within).orderBy(asc(runs.id)).all(),
  ).map((row) => row.id);
}

/** All records in id order, one at a time. */
export function* storedRecords(store: Store): Generator<RunRecord> {
  for (const id of storedIds(store)) {
    const record = storedRecord(store, id);
    if (record !== undefined) yield record;
  }
}

function noSuchRun(value: string, problem: string, next: string): RankbenchError {
  return new RankbenchError({
    reason: "usage",
    thing: "run",
    problem,
    value,
    wanted: "a run's id of 16 hexadecimal digits, or its first digits",
    next,
  });
}

/** The record of the run whose id starts with `idOrPrefix`; none and several are `usage` errors. */
export function findRun(store: Store, idOrPrefix: string): RunRecord {
  const prefix = idOrPrefix.toLowerCase();
  const list = "see: pnpm bench list runs";
  if (!/^[0-9a-f]{1,16}$/.test(prefix)) throw noSuchRun(idOrPrefix, "not the id of a run", list);
  const ids = storedIds(store, prefix);
  const [id] = ids;
  if (ids.length > 1) {
    const shown = ids.slice(0, 5).join(", ");
    const more = ids.length > 5 ? ` and ${ids.length - 5} more` : "";
    throw noSuchRun(idOrPrefix, `${ids.length} runs start so`, `give more digits: ${shown}${more}`);
  }
  const record = id === undefined ? undefined : storedRecord(store, id);
  if (record === undefined) throw noSuchRun(idOrPrefix, "no such run in the database", list);
  return record;
}
