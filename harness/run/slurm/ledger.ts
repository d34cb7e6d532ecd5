// The submissions of a checkout as its files tell them: which arrays were handed to SLURM and what each element is to do, so
// that a later command knows what is queued already. One command at a time looks and submits, under a lock.
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { RankbenchError } from "#harness/failure/error.ts";
import { recordPath, storageError } from "#harness/record/file.ts";
import { isAlive, processStart } from "../processes.ts";
import {
  type Manifest,
  manifestFile,
  readManifest,
  slurmFolder,
  submissionFolder,
  writeWhole,
} from "./manifest.ts";

/** A submission that may still be in the queue. */
export interface Submission {
  readonly manifest: Manifest;
  /** Number that SLURM gave; null where the command died before it could note it. The name finds the job all the same. */
  readonly job: string | null;
}

const NAME = /^rankbench-[0-9a-f]{12}$/;

const jobFile = (root: string, name: string): string => join(submissionFolder(root, name), "job");
const overFile = (root: string, name: string): string => join(submissionFolder(root, name), "over");

/** Notes the number that SLURM gave a submission. */
export const noteJob = (root: string, name: string, job: string): void =>
  writeWhole(jobFile(root, name), job);

/** Notes that no element of a submission is in the queue any more. */
export const noteOver = (root: string, name: string): void => writeWhole(overFile(root, name), "");

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return null;
  }
}

function names(root: string): string[] {
  const folder = slurmFolder(root);
  return existsSync(folder) ? readdirSync(folder).filter((name) => NAME.test(name)) : [];
}

/** Manifests do not change once they are there. */
const known = new Map<string, Manifest>();

function manifestOf(root: string, name: string): Manifest | undefined {
  const file = manifestFile(root, name);
  const found = known.get(file);
  if (found !== undefined) return found;
  try {
    const manifest = readManifest(file);
    known.set(file, manifest);
    return manifest;
  } catch (error) {
    // A command that was killed before it submitted leaves a folder without one, or with half of one.
    if (error instanceof RankbenchError) return undefined;
    throw error;
  }
}

/** Submissions that are not known to be over. */
export function openSubmissions(root: string): Submission[] {
  return names(root).flatMap((name) => {
    if (existsSync(overFile(root, name))) return [];
    const manifest = manifestOf(root, name);
    return manifest === undefined ? [] : [{ manifest, job: textOf(jobFile(root, name)) }];
  });
}

/** Records that came out otherwise than another attempt's at the same run, of all submissions. */
export function unequalRecords(root: string): string[] {
  return names(root).flatMap((name) => {
    const folder = join(submissionFolder(root, name), "unequal");
    return existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : [];
  });
}

/** The last lines of an element's log; empty where it wrote none. */
export function logTail(root: string, name: string, index: number, lines = 5): string {
  const text = textOf(join(submissionFolder(root, name), "logs", `${index}.log`)) ?? "";
  return text.split("\n").slice(-lines).join("\n").slice(-2000);
}

/** Takes away the submissions that are not in the queue, have a record of each run and no second, other one. */
export function removeSpent(root: string, queued: ReadonlySet<string>): void {
  for (const name of names(root)) {
    const folder = submissionFolder(root, name);
    if (queued.has(name) || existsSync(join(folder, "unequal"))) continue;
    const cells = manifestOf(root, name)?.elements.flat() ?? [];
    if (cells.length > 0 && cells.every((cell) => existsSync(recordPath(root, cell))))
      removeSubmission(root, name);
  }
}

/** Takes away a submission with all that it has. */
export function removeSubmission(root: string, name: string): void {
  known.delete(manifestFile(root, name));
  try {
    rmSync(submissionFolder(root, name), { recursive: true, force: true });
  } catch {
    // An element that ends just now may write into it; the next command takes it away.
  }
}

const holderSchema = z.strictObject({
  host: z.string(),
  pid: z.int().positive(),
  pidStart: z.string().nullable(),
});

/** A holder on another machine cannot be asked; submitting takes seconds, so one of this age is dead. */
const OLD_MS = 15 * 60_000;
const POLL_MS = 200;

function isDead(file: string): boolean {
  try {
    const { host, pid, pidStart } = holderSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    if (host === hostname()) return !isAlive(pid, pidStart);
    return Date.now() - statSync(file).mtimeMs > OLD_MS;
  } catch {
    // Gone just now, or of no use: a crash of the machine may leave an empty file.
    return (
      existsSync(file) && Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > POLL_MS
    );
  }
}

function taken(file: string): boolean {
  const mine = { host: hostname(), pid: process.pid, pidStart: processStart(process.pid) };
  const temporary = `${file}.${hostname()}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, JSON.stringify(mine));
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw storageError(file, "taking the lock of submissions", error);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Does `work` while no other command of this checkout looks at the queue and submits. Null when `stop` came first. */
export async function whileSubmitting<T>(
  root: string,
  stop: AbortSignal,
  work: () => Promise<T>,
): Promise<T | null> {
  const file = join(slurmFolder(root), "submit.lock");
  mkdirSync(slurmFolder(root), { recursive: true });
  while (!taken(file)) {
    if (stop.aborted) return null;
    if (isDead(file)) rmSync(file, { force: true });
    else await sleep(POLL_MS, undefined, { signal: stop }).catch(() => undefined);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
