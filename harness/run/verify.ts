// Repeats a stored run and says whether it gives the same bits. The repetition is written nowhere: records and database stay
// as they are. A checkpoint that the run starts from comes from the cache, where the first run left it.
import { RankbenchError } from "#harness/failure/error.ts";
import { findMethod } from "#harness/method/registry.ts";
import {
  environmentDifference,
  type FieldDifference,
  type ResultDifference,
  resultDifference,
} from "#harness/record/difference.ts";
import { recordPath } from "#harness/record/file.ts";
import { PROTOCOL } from "#harness/record/identity.ts";
import type { Outcome, RunRecord } from "#harness/record/schema.ts";
import { findTask } from "#harness/task/registry.ts";
import { type Cell, type PlannedData, plannedData } from "./plan.ts";
import { attemptOnce, type CellSettings } from "./run-cell.ts";

export type Verified =
  | {
      readonly kind: "repeated";
      /** Null when both ended without a result, in the same way. */
      readonly difference: ResultDifference | null;
      readonly environment: readonly FieldDifference[];
      readonly record: RunRecord;
    }
  /** One has a result and the other has none, or they failed in different ways. */
  | {
      readonly kind: "other-outcome";
      readonly outcome: Outcome;
      readonly environment: readonly FieldDifference[];
      readonly record: RunRecord;
    }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "interrupted" };

function cannot(record: RunRecord, field: string, value: unknown, wanted: unknown): RankbenchError {
  return new RankbenchError({
    reason: "config",
    thing: `run ${record.id}`,
    problem: "this checkout cannot repeat it",
    field,
    value,
    wanted: String(wanted),
    next: "check out the commit that its record names",
  });
}

/** The stored run as a cell of this checkout; refused where task version, protocol or data are not those of the run. */
export async function cellOfRecord(root: string, record: RunRecord): Promise<Cell> {
  const { identity } = record;
  const task = await findTask(identity.task);
  const method = await findMethod(identity.method);
  const preset = task.scales[identity.scale];
  if (identity.protocol !== PROTOCOL) throw cannot(record, "protocol", PROTOCOL, identity.protocol);
  if (identity.taskVersion !== task.version)
    throw cannot(record, "taskVersion", task.version, identity.taskVersion);
  if (preset === undefined)
    throw cannot(record, "scale", Object.keys(task.scales).join(", "), identity.scale);
  const data: PlannedData = await plannedData(task, preset);
  if (data.fingerprint !== identity.data) throw cannot(record, "data", data.fingerprint, identity.data);
  return {
    job: { id: record.id, identity, engineOptions: { threads: record.environment.engine.threads } },
    task,
    method,
    data,
    command: record.command,
    file: recordPath(root, record),
    state: "missing",
    outcome: null,
  };
}

/** Does the run again and compares. */
export async function verifyRun(
  stored: RunRecord,
  settings: Omit<CellSettings, "store" | "force" | "onWaiting">,
): Promise<Verified> {
  const cell = await cellOfRecord(settings.root, stored);
  const ended = await attemptOnce(cell, settings, "fresh");
  if (ended.kind === "refused") return { kind: "refused", message: ended.message };
  if (ended.kind === "interrupted") return ended;
  const { record } = ended;
  const environment = environmentDifference(stored.environment, record.environment);
  const [before, now] = [stored.outcome, record.outcome];
  if (before.state !== "ok" || now.state !== "ok") {
    return before.state === now.state
      ? { kind: "repeated", difference: null, environment, record }
      : { kind: "other-outcome", outcome: now, environment, record };
  }
  const difference = resultDifference(
    { ...stored, result: before.result },
    { ...record, result: now.result },
  );
  return { kind: "repeated", difference, environment, record };
}

/** A verified run that is what it was, bit for bit. */
export const isBitEqual = (verified: Verified): boolean =>
  verified.kind === "repeated" && (verified.difference === null || verified.difference.parts.length === 0);
