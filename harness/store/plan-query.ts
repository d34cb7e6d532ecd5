// Questions that a plan of many cells asks: what is there of these ids, what earlier runs took, what was made under
// another version. Each is one pass over an index, however many cells the plan has.
import type { OutcomeState } from "#harness/record/schema.ts";
import { inSnapshot, type Store } from "./database.ts";
import { explained } from "./errors.ts";

/** What the database knows of a run that a plan names. */
export interface StoredState {
  readonly state: OutcomeState;
  /** Hashes of the sources that made it; null for records older than them. */
  readonly methodCode: string | null;
  readonly taskCode: string | null;
}

const IDS_AT_ONCE = 20_000;

type StateRow = [id: string, state: OutcomeState, methodCode: string | null, taskCode: string | null];

/** What is stored of those among `ids` that are. */
export function existingStates(store: Store, ids: readonly string[]): Map<string, StoredState> {
  return inSnapshot(store, () => {
    const found = new Map<string, StoredState>();
    const find = store.sqlite
      .prepare<unknown[], StateRow>(
        "select id, state, method_code, task_code from runs where id in (select value from json_each(?))",
      )
      .raw();
    for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
      const rows = find.iterate(JSON.stringify(ids.slice(start, start + IDS_AT_ONCE)));
      for (const [id, state, methodCode, taskCode] of rows as IterableIterator<StateRow>)
        found.set(id, { state, methodCode, taskCode });
    }
    return found;
  });
}

/** What the runs of one method on one task took on one machine. */
export interface TakenRow {
  readonly task: string;
  readonly scale: string;
  readonly method: string;
  /** Mean wall time of a run with a result, in seconds. */
  readonly seconds: number;
  /** Peak memory of the process in the run stored last, in bytes; null where none was measured. */
  readonly bytes: number | null;
  readonly runs: number;
}

/** Means over the runs with a result on one engine and spec, by task, scale and method. */
export function takenByRuns(
  store: Store,
  where: { readonly engine: string; readonly spec: string },
): TakenRow[] {
  return explained(store.path, () =>
    store.sqlite
      .prepare<unknown[], TakenRow>(
        `select r.task, r.scale, r.method, r.runs, r.seconds, m.value as bytes
         from (
           select task, scale, method, count(*) as runs, max(key) as last,
             avg((julianday(finished_at) - julianday(started_at)) * 86400) as seconds
           from runs where engine = ? and spec = ? and state = 'ok'
           group by task, scale, method
         ) r
         left join metrics m on m.run = r.last and m.split = 'test' and m.metric = 'memory-process-peak'`,
      )
      .all(where.engine, where.spec),
  );
}

/** A run made under another version of its task or another protocol than is asked for. */
export interface OutdatedRow {
  readonly task: string;
  readonly scale: string;
  readonly method: string;
  readonly configHash: string;
  readonly seed: number;
  readonly engine: string;
  readonly spec: string;
}

/** Runs on `task` that are not of this version and protocol, whatever came of them. */
export function outdatedRuns(
  store: Store,
  current: { readonly task: string; readonly taskVersion: number; readonly protocol: number },
): OutdatedRow[] {
  return explained(store.path, () =>
    store.sqlite
      .prepare<unknown[], OutdatedRow>(
        `select task, scale, method, config_hash as configHash, seed, engine, spec from runs
         where task = ? and (task_version <> ? or protocol <> ?) and purpose is null`,
      )
      .all(current.task, current.taskVersion, current.protocol),
  );
}
