// The text of a pull request: what is submitted, beside the baselines of its cohorts. Made from records alone, so that it
// can be made of a stranger's branch without executing any of it.

import { codeReader } from "#harness/method/code.ts";
import { resolveConfig } from "#harness/method/config.ts";
import type { Method } from "#harness/method/contract.ts";
import { findMethod, listMethods } from "#harness/method/registry.ts";
import { staleReasons } from "#harness/record/code.ts";
import { canonicalJson, PROTOCOL } from "#harness/record/identity.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import { plural } from "#harness/stats/format.ts";
import { interval } from "#harness/stats/summary.ts";
import { cohortOf } from "#harness/store/query.ts";
import { armOf, groupBy } from "#harness/submit/submitted.ts";
import type { Task } from "#harness/task/contract.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { findTask } from "#harness/task/registry.ts";
import { cohortTable, type TableArm, tableNotes } from "./cohort-table.ts";

const WIDTH = 110;

export interface PullRequestInput {
  readonly id: string;
  /** The method's own words; null where its code is not to be loaded. */
  readonly method: Method | null;
  /** The records submitted. */
  readonly records: readonly RunRecord[];
  /** Stored records of the same tasks. */
  readonly accepted: readonly RunRecord[];
  readonly notes: readonly string[];
}

/** A block that its content cannot close. */
function fenced(lines: readonly string[]): string {
  const longest = Math.max(2, ...(lines.join("\n").match(/`+/g) ?? []).map((run) => run.length));
  const mark = "`".repeat(longest + 1);
  return [`${mark}text`, ...lines, mark].join("\n");
}

const isCurrent = (record: RunRecord, task: Task): boolean => {
  const { identity, environment } = record;
  const code = codeReader();
  const made = {
    protocol: identity.protocol,
    taskVersion: identity.taskVersion,
    methodCode: environment.code?.method ?? null,
    taskCode: environment.code?.task ?? null,
  };
  const current = {
    protocol: PROTOCOL,
    taskVersion: task.version,
    methodCode: code.method(identity.method),
    taskCode: code.task(identity.task),
  };
  return staleReasons(made, current).length === 0;
};

async function armOfRuns(
  runs: readonly RunRecord[],
  task: Task,
  mine: boolean,
  own: Method | null,
): Promise<TableArm[]> {
  const [first] = runs;
  if (first === undefined) return [];
  const { identity } = first;
  const method = mine ? own : await findMethod(identity.method);
  const results = runs.flatMap(({ outcome }) => (outcome.state === "ok" ? [outcome.result.metrics] : []));
  return [
    {
      method: identity.method,
      config: identity.config,
      defaults: method === null ? null : resolveConfig(method, taskFacts(task, identity.scale), {}),
      values: results,
      failed: runs.length - results.length,
      mine,
    },
  ];
}

/** One cohort: the submitted arms and the stored arms of baselines, as the table at the end of a run has them. */
async function cohortSection(
  submitted: readonly RunRecord[],
  input: PullRequestInput,
  baselines: ReadonlySet<string>,
): Promise<string[]> {
  const [first] = submitted;
  if (first === undefined) return [];
  const key = cohortOf(first.identity);
  const task = await findTask(key.task);
  const beside = input.accepted.filter(
    (record) =>
      record.purpose === undefined &&
      baselines.has(record.identity.method) &&
      record.identity.method !== input.id &&
      canonicalJson(cohortOf(record.identity)) === canonicalJson(key) &&
      isCurrent(record, task),
  );
  const arms: TableArm[] = [];
  for (const [records, mine] of [
    [submitted, true],
    [beside, false],
  ] as const) {
    for (const runs of groupBy(records, ({ identity }) => armOf(identity)).values())
      arms.push(...(await armOfRuns(runs, task, mine, input.method)));
  }
  const table = { arms, quality: task.metrics[0], interval, width: WIDTH };
  const sample = first.data.some(({ variant }) => variant === "sample");
  return [
    `### ${key.task}@${key.taskVersion}, scale ${key.scale}`,
    "",
    `Engine ${key.engine}, spec ${key.spec}, protocol ${key.protocol}.${sample ? " Sample data: shows that it runs, never ranked." : ""}`,
    "",
    fenced([...cohortTable(table), ...tableNotes(table)]),
    "",
  ];
}

function failureLines(records: readonly RunRecord[]): string[] {
  const failed = records.filter(({ outcome }) => outcome.state !== "ok");
  if (failed.length === 0) return [];
  const counts = groupBy(failed, ({ identity, outcome }) => `${identity.task}: ${outcome.state}`);
  return [
    "Runs without a result:",
    "",
    ...[...counts].map(([what, runs]) => `- ${what}, ${plural(runs.length, "run")}`),
    "",
  ];
}

/** Tables of all cohorts, in the order of their tasks. */
export async function cohortTables(input: PullRequestInput): Promise<string[]> {
  const methods = await listMethods();
  const baselines = new Set(
    methods
      .filter(({ kind, id }) => kind === "baseline" || id === "lora" || kind === input.method?.kind)
      .map(({ id }) => id),
  );
  const shown = input.records.filter(({ purpose }) => purpose === undefined);
  const cohorts = groupBy(shown, ({ identity }) => canonicalJson(cohortOf(identity)));
  const lines: string[] = [];
  for (const key of [...cohorts.keys()].sort())
    lines.push(...(await cohortSection(cohorts.get(key) ?? [], input, baselines)));
  return [...lines, ...failureLines(shown)];
}

function methodLines(method: Method): string[] {
  const { paper, kind, fidelity, summary, families } = method;
  return [
    summary,
    "",
    `- kind: ${kind}`,
    `- paper: ${paper === null ? "none" : `${paper.authors}, ${paper.year}. ${paper.title}. ${paper.venue}. ${paper.url}`}`,
    `- fidelity: ${fidelity}`,
    `- families: ${families.join(", ")}`,
    "",
  ];
}

/** Title and text of the pull request of a method. */
export async function methodPullRequest(
  input: PullRequestInput,
  isNew: boolean,
): Promise<{ readonly title: string; readonly body: string }> {
  const { id, method, records } = input;
  const name = method?.title ?? id;
  const title = isNew ? `Add method ${id}` : `Update method ${id}`;
  const body = [
    `# ${isNew ? "New method" : "Change of a method"}: ${name} (\`${id}\`)`,
    "",
    ...(method === null ? [] : methodLines(method)),
    `## Results: ${plural(records.length, "record")}, self-reported`,
    "",
    ...(records.length === 0
      ? ["None: stored runs of this method become stale and are run again by maintainers.", ""]
      : []),
    ...(await cohortTables(input)),
    ...(input.notes.length === 0 ? [] : ["Notes:", "", ...input.notes.map((note) => `- ${note}`), ""]),
    "Checked with `pnpm bench submit`: scope, files, schema, identity, seeds, plausibility, counts by formula, conformance.",
    "",
  ].join("\n");
  return { title, body };
}
