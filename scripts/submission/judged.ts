// What the commands of the submission workflow share: their options, the branch that is judged, how broken rules are told.
import { parseArgs } from "node:util";
import { projectRoot } from "#harness/data/folders.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { exitCode } from "#harness/failure/exit-codes.ts";
import { commitOf, type Submission, submissionOfCommit } from "#harness/submit/changes.ts";
import { type Broken, brokenLines } from "#harness/submit/rules.ts";

export interface Asked {
  readonly root: string;
  readonly head: string;
  readonly base: string | undefined;
  /** Records to repeat. */
  readonly rerun: number;
  readonly submission: Submission;
}

/** Reads `--head REF [--base REF] [--rerun N]`; the head is read as objects and never checked out. */
export function asked(): Asked {
  const { values } = parseArgs({
    options: { head: { type: "string" }, base: { type: "string" }, rerun: { type: "string", default: "1" } },
  });
  const root = projectRoot();
  const head = values.head === undefined ? undefined : commitOf(root, values.head);
  if (head === undefined) {
    throw new RankbenchError({
      reason: "usage",
      problem: "the submission is not known here",
      field: "--head",
      value: values.head,
      wanted: "a branch or commit that was fetched",
      next: "git fetch origin pull/NUMBER/head, then --head FETCH_HEAD",
    });
  }
  const rerun = Number(values.rerun);
  if (!Number.isInteger(rerun) || rerun < 0 || rerun > 100) {
    throw new RankbenchError({
      reason: "usage",
      problem: "a wrong number of records to repeat",
      field: "--rerun",
      value: values.rerun,
      wanted: "a whole number from 0 to 100",
    });
  }
  return { root, head, base: values.base, rerun, submission: submissionOfCommit(root, head, values.base) };
}

/** Says what is broken, or that nothing is; the exit code. */
export function told(broken: readonly Broken[], what: string): number {
  for (const line of brokenLines(broken)) console.log(line);
  if (broken.length === 0) console.log(`${what}: no rule is broken`);
  return exitCode(broken.length === 0 ? "ok" : "refused");
}

/** Runs a command of this folder: errors of a user are told in their own words, others fail loudly. */
export async function command(work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    if (!(error instanceof RankbenchError)) throw error;
    console.error(`error: ${error.message}`);
    process.exitCode = error.exitCode;
  }
}
