// One record into the database: idempotent, one transaction a run, never a silent overwrite.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { eq } from "drizzle-orm";
import { RankbenchError } from "#harness/failure/error.ts";
import { fileStamp, recordName, recordPath } from "#harness/record/file.ts";
import { formatRecord } from "#harness/record/format.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import { inTransaction, type Store } from "./database.ts";
import { inserterOf } from "./insert.ts";
import { toRows } from "./rows.ts";
import { runs } from "./schema.ts";

/** `exists`: the same record, byte for byte, was there already. */
export type IngestResult = "added" | "exists" | "replaced";

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function conflict(store: Store, record: RunRecord): RankbenchError {
  return new RankbenchError({
    reason: "storage",
    thing: `run ${record.id} (${record.identity.method} on ${record.identity.task}, seed ${record.identity.seed})`,
    problem: `the database ${store.path} has another result of this run`,
    field: "sha256",
    value: sha256(formatRecord(record)),
    wanted: "the stored record, or an order to replace it",
    next: "repeat the run with --force to replace it, or run: pnpm bench rebuild (record files win)",
  });
}

/**
 * Inserts or replaces inside a transaction that the caller holds. Returns what happened and the run's key. `anew` replaces the
 * rows of an equal record too: they may not be what was once written.
 */
export function place(
  store: Store,
  record: RunRecord,
  hash: string,
  replace: boolean | "anew",
): { readonly result: IngestResult; readonly key: number } {
  const inserter = inserterOf(store);
  const [known] = store.db
    .select({ key: runs.key, sha256: runs.sha256 })
    .from(runs)
    .where(eq(runs.id, record.id))
    .all();
  if (known === undefined) return { result: "added", key: inserter.record(toRows(record, hash)) };
  const same = known.sha256 === hash;
  if (same && replace !== "anew") return { result: "exists", key: known.key };
  if (replace === false) throw conflict(store, record);
  inserter.remove(known.key);
  return { result: same ? "exists" : "replaced", key: inserter.record(toRows(record, hash)) };
}

export interface IngestOptions {
  /** Replace a stored record of the same id and other content; without it that is an error. */
  readonly replace?: boolean;
  /** Root whose record file of this run holds the same text: it is noted as read, so that a later look skips it. */
  readonly root?: string;
}

/** Stores a record with all its rows in one transaction; another writer is waited for. */
export function ingest(store: Store, record: RunRecord, options: IngestOptions = {}): IngestResult {
  const text = formatRecord(record);
  const file = options.root === undefined ? undefined : recordPath(options.root, record);
  const stamp = file === undefined ? undefined : fileStamp(file);
  // A file with other text stays unknown to the database: the next look at the files settles who is right.
  const same = file !== undefined && stamp !== undefined && readFileSync(file, "utf8") === text;
  const checked = JSON.parse(text) as RunRecord;
  return inTransaction(store, () => {
    const { result, key } = place(store, checked, sha256(text), options.replace === true);
    if (same) inserterOf(store).file({ path: recordName(record), run: key, ...stamp });
    return result;
  });
}
