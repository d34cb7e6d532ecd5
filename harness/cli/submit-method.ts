// What `bench submit` does: judges what changed, shows every broken rule, then commits, packs and opens the pull request.
import { projectRoot } from "#harness/data/folders.ts";
import { openEngine } from "#harness/engine/open.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { exitCode } from "#harness/failure/exit-codes.ts";
import { findMethod } from "#harness/method/registry.ts";
import { plural } from "#harness/stats/format.ts";
import { type Change, type Submission, submissionOfTree } from "#harness/submit/changes.ts";
import { parseEntry } from "#harness/submit/entries.ts";
import { type Judgement, judgeSubmission } from "#harness/submit/judge.ts";
import { judgeMethod, type MethodJudgement } from "#harness/submit/method-rules.ts";
import { type Broken, broken, brokenLines } from "#harness/submit/rules.ts";
import { ENTRY_PATH, isOtherRecord, type Subject } from "#harness/submit/scope.ts";
import { catchInterrupts } from "./interrupt.ts";
import { openPullRequest, type Packed, packSubmission } from "./pack-submission.ts";
import { methodPullRequest } from "./pull-request.ts";
import type { Session } from "./session.ts";

export interface SubmitRequest {
  /** Id of a method, or path of an entry. */
  readonly what: string;
  readonly base: string | undefined;
  readonly dryRun: boolean;
  readonly open: boolean;
  readonly smoke: boolean;
}

interface Submitting {
  readonly subject: Subject;
  /** Of the branch and the folder. */
  readonly name: string;
  readonly submission: Submission;
  readonly leftOut: readonly Change[];
}

/** The part of the working tree's changes that is meant, and what is left out without offence. */
async function submittingOf(root: string, request: SubmitRequest): Promise<Submitting> {
  const all = submissionOfTree(root, request.base);
  const entry = ENTRY_PATH.exec(request.what);
  if (entry !== null) {
    const changes = all.changes.filter(({ path }) => path === request.what);
    const submission = { ...all, changes };
    return { subject: { kind: "entries" }, name: `${entry[1]}-${entry[2]}`, submission, leftOut: [] };
  }
  const { id } = await findMethod(request.what);
  const leftOut = all.changes.filter((change) => isOtherRecord(change, id));
  const submission = { ...all, changes: all.changes.filter((change) => !leftOut.includes(change)) };
  return { subject: { kind: "method", method: id }, name: id, submission, leftOut };
}

function checkNotEmpty({ submission, subject }: Submitting, request: SubmitRequest): void {
  if (submission.changes.length > 0) return;
  throw new RankbenchError({
    reason: "usage",
    thing: `submission of ${request.what}`,
    problem: "nothing differs from where it starts",
    field: "--base",
    value: submission.base.slice(0, 12),
    wanted: subject.kind === "method" ? "a new or changed method, or new records" : "a new or changed entry",
    next: "name the branch that it starts from with --base, for example: --base origin/main",
  });
}

const isNewMethod = (submission: Submission, id: string): boolean =>
  submission.baseFiles(`methods/${id}`).length === 0;

/** A new method comes with runs; a mended one may come without, and is run again by maintainers. */
function judgePresence(submission: Submission, id: string, judgement: Judgement): Broken[] {
  return judgement.records.length === 0 && judgement.broken.length === 0 && isNewMethod(submission, id)
    ? [broken("seeds", `results/runs/<task>/${id}`, "has no record")]
    : [];
}

async function withCode(
  session: Session,
  id: string,
  judgement: Judgement,
  smoke: boolean,
): Promise<MethodJudgement> {
  const engine = await openEngine("onnx");
  const interrupts = catchInterrupts(() => session.note("\nstopping"));
  try {
    return await judgeMethod(id, judgement.records, {
      engine,
      interruption: interrupts.interruption,
      smoke: smoke ? "quick" : "none",
    });
  } finally {
    interrupts.release();
    await engine.dispose();
  }
}

function refuse(session: Session, found: readonly Broken[], leftOut: readonly Change[]): number {
  if (session.json) session.document({ ok: false, broken: found, leftOut: leftOut.map(({ path }) => path) });
  else for (const line of brokenLines(found)) session.say(line);
  return exitCode("refused");
}

async function pullRequestOf(
  { subject, name, submission }: Submitting,
  judgement: Judgement,
  method: MethodJudgement | null,
): Promise<{ readonly title: string; readonly body: string }> {
  if (subject.kind === "method") {
    return methodPullRequest(
      {
        id: subject.method,
        method: method?.method ?? null,
        records: judgement.records.map(({ record }) => record),
        accepted: judgement.accepted,
        notes: method?.notes ?? [],
      },
      isNewMethod(submission, subject.method),
    );
  }
  const entries = submission.changes.map(({ path }) =>
    parseEntry(submission.read(path).toString("utf8"), path),
  );
  const lines = entries.flatMap(({ method: id, title, source, tasks, set }) => [
    `- \`${id}\`: ${title} (${source}); ${tasks.join(", ")}; ${Object.entries(set)
      .map(([key, value]) => `${key}=${value}`)
      .join(" ")}`,
  ]);
  return {
    title: `Add configuration ${name}`,
    body: [`# ${plural(entries.length, "configuration")}, to be run by maintainers`, "", ...lines, ""].join(
      "\n",
    ),
  };
}

function sayPacked(session: Session, packed: Packed, root: string, title: string, open: boolean): void {
  session.say(`branch:   ${packed.branch} (${packed.commit.slice(0, 12)})`);
  session.say(`text:     ${packed.text}`);
  session.say(`bundle:   ${packed.bundle}   # the same commit as one file`);
  const byHand = [
    `next:     git push origin ${packed.branch}`,
    `          then open a pull request from it with the text of ${packed.text}`,
  ];
  const opened = open ? openPullRequest(root, packed, title) : { state: "no-gh" as const };
  if (opened.state === "opened") {
    session.say(`opened:   ${opened.url}`);
    return;
  }
  if (opened.state === "failed") session.note(`warning: ${opened.command} failed: ${opened.said}`);
  for (const line of byHand) session.say(line);
}

/** `bench submit`: the exit code. */
export async function submit(session: Session, request: SubmitRequest): Promise<number> {
  const root = projectRoot();
  const submitting = await submittingOf(root, request);
  checkNotEmpty(submitting, request);
  const { subject, submission, leftOut, name } = submitting;
  if (leftOut.length > 0)
    session.note(
      `left out: ${plural(leftOut.length, "record")} of other methods; baselines are run by maintainers`,
    );
  const judgement = await judgeSubmission(submission, root, subject);
  const early = [
    ...judgement.broken,
    ...(subject.kind === "method" ? judgePresence(submission, subject.method, judgement) : []),
  ];
  if (early.length > 0) return refuse(session, early, leftOut);
  const method =
    subject.kind === "method" ? await withCode(session, subject.method, judgement, request.smoke) : null;
  if (method !== null && method.broken.length > 0) return refuse(session, method.broken, leftOut);
  const pullRequest = await pullRequestOf(submitting, judgement, method);
  const packed = request.dryRun ? null : packSubmission(root, submission, name, pullRequest);
  if (session.json) {
    const files = submission.changes.map(({ path }) => path);
    session.document({
      ok: true,
      broken: [],
      ...pullRequest,
      files,
      leftOut: leftOut.map(({ path }) => path),
      packed,
    });
    return exitCode("ok");
  }
  session.say(
    `${plural(submission.changes.length, "file")}, ${plural(judgement.records.length, "record")}: no rule is broken`,
  );
  for (const note of method?.notes ?? []) session.say(`note: ${note}`);
  session.say();
  session.say(pullRequest.body);
  if (packed === null) session.say("nothing was written (--dry-run)");
  else sayPacked(session, packed, root, pullRequest.title, request.open);
  return exitCode("ok");
}
