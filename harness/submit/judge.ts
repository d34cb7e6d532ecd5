// A submission judged by everything that needs none of its code: the face of this layer for the first look, which is safe
// anywhere. What its code does is judged by method-rules.ts, its records' truth by repetition.ts.

import type { RunRecord } from "#harness/record/schema.ts";
import type { Task } from "#harness/task/contract.ts";
import { findTask } from "#harness/task/registry.ts";
import type { Submission } from "./changes.ts";
import { judgeEntries } from "./entries.ts";
import { judgePlausible } from "./plausible.ts";
import { judgeIdentity, judgeSeeds, judgeTexts } from "./record-rules.ts";
import { type Broken, broken } from "./rules.ts";
import { judgeScope, type Subject, subjectOf } from "./scope.ts";
import { readAccepted, readSubmitted, type Submitted } from "./submitted.ts";

export interface Judgement {
  readonly subject: Subject | null;
  readonly broken: readonly Broken[];
  readonly records: readonly Submitted[];
  /** Stored records of the same tasks. */
  readonly accepted: readonly RunRecord[];
}

/**
 * Judges scope, files, schema, identity, seeds and plausibility. Files are only read when names and sizes are good, and
 * records only looked into when all of them parse. `root` is a checkout that is trusted.
 */
export async function judgeSubmission(
  submission: Submission,
  root: string,
  given?: Subject,
): Promise<Judgement> {
  const subject = given ?? subjectOf(submission.changes);
  const nothing = { subject, records: [], accepted: [] };
  if (subject === null) {
    const places = submission.changes.map(({ path }) => path);
    const all = places.length === 0 ? ["the submission"] : places;
    return {
      ...nothing,
      broken: all.map((place) => broken("scope", place, "is no method, record or entry of a configuration")),
    };
  }
  const scope = judgeScope(submission, subject);
  if (scope.length > 0) return { ...nothing, broken: scope };
  if (subject.kind === "entries") return { ...nothing, broken: await judgeEntries(submission) };
  const read = readSubmitted(submission, subject.method);
  if (read.broken.length > 0) return { ...nothing, broken: read.broken };
  const { records } = read;
  const accepted = await readAccepted(root, records);
  const tasks = new Map<string, Task>();
  const found: Broken[] = [];
  for (const one of records) {
    found.push(...judgeTexts(one), ...(await judgeIdentity(one, accepted)));
    const { task } = one.record.identity;
    const known = await findTask(task).catch(() => undefined);
    if (known !== undefined) tasks.set(task, known);
  }
  found.push(...judgeSeeds(records, accepted), ...judgePlausible(records, accepted, (id) => tasks.get(id)));
  return { subject, broken: found, records, accepted };
}
