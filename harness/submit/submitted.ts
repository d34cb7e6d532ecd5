// The records of a submission and those that are stored already, read and parsed: what the rules of records look at.
import { listRecordFiles, readRecordFile, recordName } from "#harness/record/file.ts";
import { parseRecord, renderRecord } from "#harness/record/format.ts";
import { canonicalJson, type Identity } from "#harness/record/identity.ts";
import { measurementName, parseMeasurement, renderMeasurement } from "#harness/record/measurement.ts";
import type { RunRecord, RunResult } from "#harness/record/schema.ts";
import type { Submission } from "./changes.ts";
import { type Broken, broken, brokenBy } from "./rules.ts";
import { RECORD_PATH } from "./scope.ts";

/** A record with the path at which the submission has it. */
export interface Submitted {
  readonly path: string;
  readonly record: RunRecord;
}

export type WithResult = Submitted & { readonly result: RunResult };

/** Those that ended with a result. */
export const withResults = (all: readonly Submitted[]): readonly WithResult[] =>
  all.flatMap((each) =>
    each.record.outcome.state === "ok" ? [{ ...each, result: each.record.outcome.result }] : [],
  );

/** What runs of one configuration share: everything but the seed. */
export const armOf = ({ seed: _, ...rest }: Identity): string => canonicalJson(rest);

/** Groups by a key, in the order of first sight. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

/** What is wrong with one file of `results/runs`, or its record; null for a sound measurement. */
function readOne(path: string, bytes: Buffer, method: string): Submitted | Broken | null {
  const text = bytes.toString("utf8");
  try {
    if (RECORD_PATH.exec(path)?.[4] !== undefined) {
      const measurement = parseMeasurement(text, path);
      const wanted = `results/runs/${measurementName(measurement, measurement.measure)}`;
      if (wanted !== path)
        return broken("record", path, `stands where its identity does not belong; wanted: ${wanted}`);
      return text === renderMeasurement(measurement)
        ? null
        : broken("record", path, "is not the text that bench writes of it");
    }
    const record = parseRecord(text, path);
    const wanted = `results/runs/${recordName(record)}`;
    if (wanted !== path)
      return broken("record", path, `stands where its identity does not belong; wanted: ${wanted}`);
    if (record.identity.method !== method)
      return broken("record", path, `is a run of ${record.identity.method}, not of ${method}`);
    // Keys twice, odd white space, numbers in other digits: what two readers could read differently.
    return text === renderRecord(record)
      ? { path, record }
      : broken("record", path, "is not the text that bench writes of it");
  } catch (error) {
    return brokenBy("record", path, error);
  }
}

/** Reads the records of a submission by its method. */
export function readSubmitted(
  submission: Submission,
  method: string,
): { readonly records: readonly Submitted[]; readonly broken: readonly Broken[] } {
  const records: Submitted[] = [];
  const found: Broken[] = [];
  for (const { path, state } of submission.changes) {
    if (state === "deleted" || RECORD_PATH.exec(path)?.[2] !== method) continue;
    const read = readOne(path, submission.read(path), method);
    if (read === null) continue;
    if ("rule" in read) found.push(read);
    else records.push(read);
  }
  return { records, broken: found };
}

/** Stored records of the same tasks that are no part of the submission; damaged ones are left out. */
export async function readAccepted(
  root: string,
  submitted: readonly Submitted[],
): Promise<readonly RunRecord[]> {
  const tasks = new Set(submitted.map(({ record }) => record.identity.task));
  const own = new Set(submitted.map(({ path }) => path));
  const found: RunRecord[] = [];
  for await (const file of listRecordFiles(root)) {
    if (!tasks.has(file.path.split("/")[0] ?? "") || own.has(`results/runs/${file.path}`)) continue;
    const read = await readRecordFile(root, file);
    if (read.ok) found.push(read.record);
  }
  return found;
}
