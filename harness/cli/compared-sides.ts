// What `bench compare` compares: single runs by their ids, or methods by their seeds in one cohort.
import { RankbenchError } from "#harness/failure/error.ts";
import { resolveConfig } from "#harness/method/config.ts";
import { findMethod, methodIds } from "#harness/method/registry.ts";
import { canonicalJson, PROTOCOL, type Scale } from "#harness/record/identity.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import type { Store } from "#harness/store/database.ts";
import {
  type Arm,
  type CohortKey,
  cohort,
  cohortOf,
  listCohorts,
  type RunSummary,
} from "#harness/store/query.ts";
import { findRun, storedRecord } from "#harness/store/read.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { findTask } from "#harness/task/registry.ts";
import { staleReader } from "./stale-runs.ts";

/** One of the things compared. */
export interface Side {
  /** As it was named. */
  readonly name: string;
  readonly method: string;
  readonly config: RunRecord["identity"]["config"];
  readonly key: CohortKey;
  /** With a result, by seed. */
  readonly records: readonly RunRecord[];
}

export type Compared = { readonly kind: "runs" | "methods"; readonly sides: readonly Side[] };

export interface CompareRequest {
  readonly names: readonly string[];
  readonly task: string | null;
  readonly scale: Scale;
  readonly engine: string;
}

function refuse(problem: string, value: unknown, wanted: string, next: string): RankbenchError {
  return new RankbenchError({ reason: "usage", thing: "comparison", problem, value, wanted, next });
}

function runSide(store: Store, name: string): Side {
  const record = findRun(store, name);
  if (record.outcome.state !== "ok") {
    throw refuse(
      `run ${record.id} has no result`,
      record.outcome.state,
      "runs with a result",
      `see how it ended: pnpm bench show ${record.id.slice(0, 8)}`,
    );
  }
  const { method, config } = record.identity;
  return { name, method, config, key: cohortOf(record.identity), records: [record] };
}

/** The cohort of this checkout's protocol and task version with the most runs, samples last. */
async function cohortFor(store: Store, request: CompareRequest, taskId: string): Promise<CohortKey> {
  const task = await findTask(taskId);
  const found = listCohorts(store, {
    task: taskId,
    scale: request.scale,
    engine: request.engine,
    protocol: PROTOCOL,
    taskVersion: task.version,
  });
  const isSample = ({ data }: CohortKey): number => (data.startsWith("sample-") ? 1 : 0);
  const [best] = found.sort((a, b) => isSample(a) - isSample(b) || b.runs - a.runs);
  if (best === undefined) {
    throw refuse(
      "there are no runs",
      `${taskId}, scale ${request.scale}, engine ${request.engine}`,
      "stored runs of the methods",
      `pnpm bench sweep --method ${request.names.join(",")} --task ${taskId} --seeds 0-2`,
    );
  }
  return cohortOf({ ...best, method: "", config: {}, seed: 0 });
}

/** The arm of a method: the one with the method's own configuration, else the only one there is. */
async function armOf(arms: readonly Arm[], method: string, key: CohortKey): Promise<Arm> {
  const own = arms.filter((arm) => arm.method === method && arm.runs.some(({ state }) => state === "ok"));
  const defaults = resolveConfig(
    await findMethod(method),
    taskFacts(await findTask(key.task), key.scale),
    {},
  );
  const [only] = own;
  const byDefault = own.find((arm) => canonicalJson(arm.config) === canonicalJson(defaults));
  const arm = byDefault ?? (own.length === 1 ? only : undefined);
  if (arm !== undefined) return arm;
  throw refuse(
    own.length === 0
      ? `method ${method} has no results here`
      : `method ${method} has ${own.length} configurations`,
    method,
    own.length === 0 ? "stored runs" : "a method whose own configuration was run, or single runs",
    own.length === 0
      ? `pnpm bench sweep --method ${method} --task ${key.task} --scale ${key.scale} --seeds 0-2`
      : `compare two runs of them: ${own.map((each) => each.runs[0]?.id.slice(0, 8)).join(", ")}`,
  );
}

const recordsOf = (store: Store, runs: readonly RunSummary[]): RunRecord[] =>
  runs
    .filter(({ state }) => state === "ok")
    .flatMap(({ id }) => storedRecord(store, id) ?? [])
    .sort((a, b) => a.identity.seed - b.identity.seed);

/** Finds everything that was named. All are runs, or all are methods. */
export async function findSides(store: Store, request: CompareRequest): Promise<Compared> {
  const { names, task } = request;
  if (names.length < 2)
    throw refuse("one thing alone", names.join(" "), "two or more runs or methods", "name another");
  const known = await methodIds();
  const methods = names.filter((name) => known.includes(name));
  if (methods.length === 0) return { kind: "runs", sides: names.map((name) => runSide(store, name)) };
  if (methods.length < names.length) {
    const other = names.find((name) => !known.includes(name));
    throw refuse(
      "methods and something else",
      other,
      `methods only: ${known.join(", ")}`,
      "name methods, or runs",
    );
  }
  if (task === null)
    throw refuse(
      "no task was named",
      names.join(" "),
      "the task on which methods are compared",
      "give --task",
    );
  const key = await cohortFor(store, request, task);
  const staleOf = await staleReader([task]);
  const arms = cohort(store, key, [], (run) => staleOf(run).length > 0).filter((arm) => !arm.stale);
  const sides: Side[] = [];
  for (const name of names) {
    const arm = await armOf(arms, name, key);
    sides.push({ name, method: arm.method, config: arm.config, key, records: recordsOf(store, arm.runs) });
  }
  return { kind: "methods", sides };
}
