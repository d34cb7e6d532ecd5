// A sweep as cells: every run that it means, with what is there of it and what it will take. Reads the database and the
// claims once, however many cells there are; starts nothing and writes nothing.
import { basename } from "node:path";
import { codeReader } from "#harness/method/code.ts";
import type { Method } from "#harness/method/contract.ts";
import { findMethod, methodIds } from "#harness/method/registry.ts";
import { type CurrentCode, staleReasons } from "#harness/record/code.ts";
import { listRecordFiles, recordPath } from "#harness/record/file.ts";
import { hashOf, type Identity, PROTOCOL, runIdBySeed, type Scale } from "#harness/record/identity.ts";
import type { OutcomeState } from "#harness/record/schema.ts";
import type { Store } from "#harness/store/database.ts";
import { existingStates, outdatedRuns, type StoredState } from "#harness/store/plan-query.ts";
import type { Task } from "#harness/task/contract.ts";
import { findTask, taskIds } from "#harness/task/registry.ts";
import { listClaims } from "./claim.ts";
import { type Expected, expectations, REFUSAL } from "./expect.ts";
import { type Cell, type CheckedPair, checkPair, type PlannedData } from "./plan.ts";
import { commandOf, type RunRequest } from "./request.ts";
import { combinations, matchNames, type SweepPart, type SweepSpec } from "./sweep-spec.ts";

/**
 * `done`: a result of the present code; `stale`: only results of other code, protocol or task version; `failed`: a record
 * without a result; `unsupported`: the method refuses the task; `running`: another living process does it; `missing`: none.
 */
export const SWEEP_STATES = ["done", "missing", "stale", "failed", "unsupported", "running"] as const;
export type SweepState = (typeof SWEEP_STATES)[number];

/** Everything that the seeds of one method, task, configuration and scale share. */
export interface SweepGroup extends CheckedPair {
  readonly request: Pick<RunRequest, "scale" | "engine" | "threads" | "overrides">;
  readonly identity: Omit<Identity, "seed">;
  readonly data: PlannedData;
  readonly expected: Expected;
  readonly timeoutSeconds: number | null | undefined;
  readonly purpose: SweepSpec["purpose"];
}

export interface SweepCell {
  readonly group: SweepGroup;
  readonly seed: number;
  readonly id: string;
  readonly state: SweepState;
  /** Outcome of the record that is there, if one is. */
  readonly outcome: OutcomeState | null;
}

export interface SweepPlan {
  readonly cells: readonly SweepCell[];
  /** What was asked for by a pattern alone and cannot be: `glue-x has no scale full`. */
  readonly leftOut: readonly string[];
}

export interface SweepInput {
  readonly root: string;
  readonly spec: SweepSpec;
  readonly store: Store;
  /** Spec that this machine and the engine settings match. */
  specOf(engine: RunRequest["engine"], threads: number): string;
  /** Data of a task at a scale. */
  dataOf(task: Task, preset: CheckedPair["preset"]): Promise<PlannedData>;
}

type Lookup = {
  method(id: string): Promise<Method>;
  task(id: string): Promise<Task>;
};

function lookup(): Lookup {
  const methods = new Map<string, Promise<Method>>();
  const tasks = new Map<string, Promise<Task>>();
  const once = <T>(known: Map<string, Promise<T>>, id: string, find: (id: string) => Promise<T>) => {
    const found = known.get(id) ?? find(id);
    known.set(id, found);
    return found;
  };
  return {
    method: (id) => once(methods, id, findMethod),
    task: (id) => once(tasks, id, findTask),
  };
}

interface Named {
  readonly methods: readonly Method[];
  readonly tasks: readonly Task[];
}

async function namesOf(
  part: SweepPart,
  find: Lookup,
  leftOut: Set<string>,
): Promise<ReadonlyMap<Scale, Named>> {
  const methods = matchNames(part.methods, await methodIds(), {
    kind: "method",
    listCommand: "pnpm bench list methods",
  });
  const tasks = matchNames(part.tasks, await taskIds(), {
    kind: "task",
    listCommand: "pnpm bench list tasks",
  });
  const found = new Map<Scale, Named>();
  for (const scale of part.scales) {
    const at: Task[] = [];
    for (const id of tasks.ids) {
      const task = await find.task(id);
      // Who names a task wants it, and is told by the refusal further on; who writes a pattern wants what there is.
      if (task.scales[scale] === undefined && tasks.byPattern.has(id))
        leftOut.add(`${id} has no scale ${scale}`);
      else at.push(task);
    }
    found.set(scale, { methods: await Promise.all(methods.ids.map(find.method)), tasks: at });
  }
  return found;
}

/** All groups of a sweep, with their seeds; a run that several parts mean is the first one's. */
async function groupsOf(input: SweepInput, leftOut: Set<string>): Promise<[SweepGroup, readonly number[]][]> {
  const find = lookup();
  const expect = expectations(input.store);
  const groups: [SweepGroup, readonly number[]][] = [];
  for (const part of input.spec.parts) {
    const { engine, threads, timeoutSeconds } = part;
    const spec = input.specOf(engine, threads);
    for (const [scale, { methods, tasks }] of await namesOf(part, find, leftOut)) {
      for (const task of tasks) {
        for (const method of methods) {
          for (const set of combinations(part.set)) {
            const pair = checkPair(task, method, scale, part.tuned ? "tuned" : set);
            const data = await input.dataOf(task, pair.preset);
            const request = { scale, engine, threads, overrides: pair.overrides };
            const identity = {
              task: task.id,
              taskVersion: task.version,
              scale,
              method: method.id,
              config: pair.config,
              engine,
              spec,
              protocol: PROTOCOL,
              data: data.fingerprint,
            };
            const expected = pair.supported
              ? expect(engine, spec)({ task: task.id, method: method.id, scale }, pair.preset)
              : REFUSAL;
            groups.push([
              { ...pair, request, identity, data, expected, timeoutSeconds, purpose: input.spec.purpose },
              part.seeds,
            ]);
          }
        }
      }
    }
  }
  return groups;
}

const armKey = (
  run: Omit<Identity, "config" | "taskVersion" | "protocol" | "data">,
  configHash: string,
): string => [run.task, run.scale, run.method, configHash, run.seed, run.engine, run.spec].join(" ");

/** Runs that would be these cells but for the version of the task or the protocol. */
function outdatedKeys(store: Store, groups: readonly SweepGroup[]): ReadonlySet<string> {
  const versions = new Map(groups.map(({ task }) => [task.id, task.version]));
  const keys = new Set<string>();
  for (const [task, taskVersion] of versions) {
    for (const row of outdatedRuns(store, { task, taskVersion, protocol: PROTOCOL }))
      keys.add(armKey({ ...row, scale: row.scale as Scale }, row.configHash));
  }
  return keys;
}

/** Runs that have a record file. */
async function recordIds(root: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const { path } of listRecordFiles(root)) ids.add(basename(path, ".json"));
  return ids;
}

/** All cells of a sweep in the order of the spec: parts, scales, tasks, methods, configurations, seeds. */
export async function planSweep(input: SweepInput): Promise<SweepPlan> {
  const leftOut = new Set<string>();
  const groups = await groupsOf(input, leftOut);
  const drafts = new Map<string, { readonly group: SweepGroup; readonly seed: number }>();
  for (const [group, seeds] of groups) {
    const idOf = runIdBySeed(group.identity);
    for (const seed of seeds) {
      const id = idOf(seed);
      if (!drafts.has(id)) drafts.set(id, { group, seed });
    }
  }
  const stored = existingStates(input.store, [...drafts.keys()]);
  // A result whose file is gone is to be had again: the files are what counts, and what is handed on.
  const files = await recordIds(input.root);
  for (const id of stored.keys()) if (!files.has(id)) stored.delete(id);
  const outdated = outdatedKeys(
    input.store,
    groups.map(([group]) => group),
  );
  const running = new Set(
    listClaims(input.root)
      .filter(({ state }) => state === "running")
      .map(({ id }) => id),
  );
  const code = codeReader();
  const configHashes = new Map(groups.map(([group]) => [group, hashOf(group.identity.config)]));
  const currentCode = new Map(
    groups.map(([group]): [SweepGroup, CurrentCode] => {
      const { protocol, taskVersion, method, task } = group.identity;
      const [methodCode, taskCode] = [code.method(method), code.task(task)];
      return [group, { protocol, taskVersion, methodCode, taskCode }];
    }),
  );
  const isStale = (group: SweepGroup, found: StoredState): boolean => {
    const current = currentCode.get(group);
    return current !== undefined && staleReasons({ ...group.identity, ...found }, current).length > 0;
  };
  const stateOf = (
    id: string,
    group: SweepGroup,
    seed: number,
    found: StoredState | undefined,
  ): SweepState => {
    if (found?.state === "ok") return isStale(group, found) ? "stale" : "done";
    if (running.has(id)) return "running";
    if (!group.supported || found?.state === "unsupported") return "unsupported";
    if (found !== undefined) return "failed";
    return outdated.size > 0 &&
      outdated.has(armKey({ ...group.identity, seed }, configHashes.get(group) ?? ""))
      ? "stale"
      : "missing";
  };
  const cells = [...drafts].map(([id, { group, seed }]): SweepCell => {
    const found = stored.get(id);
    return { group, seed, id, state: stateOf(id, group, seed, found), outcome: found?.state ?? null };
  });
  return { cells, leftOut: [...leftOut] };
}

/** A cell as the one that does it takes it. */
export function cellOf(root: string, { group, seed, id, state, outcome }: SweepCell): Cell {
  const identity: Identity = { ...group.identity, seed };
  const { task, method, data, request } = group;
  return {
    job: { id, identity, engineOptions: { threads: request.threads } },
    task,
    method,
    data,
    command: commandOf({ method: method.id, task: task.id, seed, request }),
    file: recordPath(root, { id, identity }),
    state:
      state === "done" ? "exists" : state === "running" ? "running" : outcome === null ? "missing" : "failed",
    outcome,
    ...(group.tuned === null ? {} : { tuned: group.tuned }),
    ...(group.purpose === undefined ? {} : { purpose: group.purpose }),
  };
}
