// The runs of a sweep on a cluster that have no record yet: which are in the queue, which came back with a record, which came
// back without one. The queue is asked first and the files are read after it. Submits nothing.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { RankbenchError } from "#harness/failure/error.ts";
import { parseRecord } from "#harness/record/file.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import type { Store } from "#harness/store/database.ts";
import { ingest } from "#harness/store/ingest.ts";
import type { CellResult } from "../run-cell.ts";
import { cellOf, type SweepCell } from "../sweep-plan.ts";
import type { Slurm } from "./commands.ts";
import { begunFile, readRefusals } from "./element.ts";
import { logTail, openSubmissions, type Submission } from "./ledger.ts";
import { submissionFolder } from "./manifest.ts";
import { recordHash } from "./store.ts";
import type { QueuedElement } from "./words.ts";

/** Elements of this sweep in the queue, at a look. */
export interface Look {
  readonly running: number;
  readonly waiting: number;
  /** Why elements wait, in SLURM's words. */
  readonly reasons: readonly string[];
}

export interface LookSettings {
  readonly root: string;
  readonly store: Store;
  readonly slurm: Slurm;
  /** How often a run that comes back without a record is submitted. */
  readonly attempts: number;
  onEnd(cell: SweepCell, result: CellResult): void;
  onLook(look: Look): void;
  /** Something that the user should know: no answer of the controller, an element that left nothing. */
  onNote(text: string): void;
}

/** A run that has no record yet. */
export interface OpenRun {
  readonly cell: SweepCell;
  readonly file: string;
  readonly replaces: string | null;
  /** Submissions that came back without a record, or are in the queue. */
  attempts: number;
  /** Looks in a row that found neither record nor element. */
  missed: number;
  /** Its last element, for what is told when it is given up. */
  last: { readonly name: string; readonly index: number; readonly job: string | null } | null;
}

/** Record files may show on this machine a little after their element has left the queue. */
const LOOKS_BEFORE_LOST = 2;

const nameOf = ({ group, seed }: SweepCell): string =>
  `${group.identity.method} on ${group.identity.task}, seed ${seed}`;

/** The runs of a sweep, none of them submitted yet. */
export function openRuns(root: string, todo: readonly SweepCell[]): Map<string, OpenRun> {
  return new Map(
    todo.map((cell) => {
      const { file } = cellOf(root, cell);
      return [cell.id, { cell, file, replaces: recordHash(file), attempts: 0, missed: 0, last: null }];
    }),
  );
}

export interface Around {
  readonly queued: readonly QueuedElement[];
  /** Runs that have neither record nor element. */
  readonly missing: readonly OpenRun[];
}

/** Asks the queue, then takes the records: an element that left the queue had written its own before. */
export async function lookAround(
  open: Map<string, OpenRun>,
  settings: LookSettings,
  own: Set<string>,
): Promise<Around | null> {
  const { root, slurm } = settings;
  const submissions = openSubmissions(root);
  const queued =
    submissions.length === 0 ? [] : await slurm.queue(submissions.map(({ manifest }) => manifest.name));
  takeRecords(open, settings);
  if (queued === null) return null;
  const there = new Map(queued.map((element) => [`${element.name} ${element.index}`, element]));
  const active = new Map<string, OpenRun["last"]>();
  for (const { manifest, job } of submissions) {
    const { name } = manifest;
    for (const [index, cells] of manifest.elements.entries()) {
      const element = there.get(`${name} ${index}`);
      if (element === undefined) continue;
      for (const { id } of cells) {
        active.set(id, { name, index, job: job ?? element.job });
        if (open.has(id)) own.add(name);
      }
    }
  }
  const missing: OpenRun[] = [];
  for (const [id, each] of open) {
    const last = active.get(id);
    if (last !== undefined && last !== null) {
      if (each.last === null) each.attempts = Math.max(1, each.attempts);
      each.last = last;
      each.missed = 0;
      continue;
    }
    each.missed++;
    if (each.last === null || each.missed >= LOOKS_BEFORE_LOST) missing.push(each);
  }
  const ours = queued.filter(({ name }) => own.has(name));
  const waiting = ours.filter(({ state }) => state === "PENDING");
  settings.onLook({
    running: ours.length - waiting.length,
    waiting: waiting.length,
    reasons: [...new Set(waiting.map(({ reason }) => reason))].filter((reason) => reason !== ""),
  });
  return { queued, missing };
}

/** Takes the records that are there now into the database. */
function takeRecords(open: Map<string, OpenRun>, settings: LookSettings): void {
  const { root, store } = settings;
  const listed = new Map<string, ReadonlySet<string>>();
  const isListed = (file: string): boolean => {
    const folder = dirname(file);
    // A listing asks a network file system anew; the question for one name may be answered from memory.
    const found = listed.get(folder) ?? new Set(filesIn(folder));
    listed.set(folder, found);
    return found.has(basename(file));
  };
  for (const [id, { cell, file, replaces }] of open) {
    if (!isListed(file)) continue;
    const hash = recordHash(file);
    if (hash === null || hash === replaces) continue;
    let record: RunRecord;
    open.delete(id);
    try {
      record = parseRecord(readFileSync(file), file);
    } catch (error) {
      if (!(error instanceof RankbenchError)) throw error;
      const { reason } = error.parts;
      settings.onEnd(cell, { kind: "refused", reason, message: error.message, damaged: true });
      continue;
    }
    ingest(store, record, { replace: true, root });
    const stored = replaces === null ? "written" : "replaced";
    settings.onEnd(cell, { kind: "recorded", record, file, stored });
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Runs of each element, by the submission's name and the element's index. */
function elementsByName(submissions: readonly Submission[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    submissions.flatMap(({ manifest }) =>
      manifest.elements.map((cells, index): [string, readonly string[]] => [
        `${manifest.name} ${index}`,
        cells.map(({ id }) => id),
      ]),
    ),
  );
}

/**
 * Whether an element ended before it came to this run, because of another one of its runs: that is no attempt at this one.
 * Where an element came to none of its runs, all of them were attempted.
 */
function wasPassedOver(
  id: string,
  element: readonly string[],
  open: ReadonlyMap<string, OpenRun>,
  root: string,
): boolean {
  const cameTo = (run: string): boolean => !open.has(run) || existsSync(begunFile(root, run));
  return !cameTo(id) && element.some(cameTo);
}

/** Ends the runs that no further attempt would help: refused by a node, or without a record too often. */
export async function giveUp(
  open: Map<string, OpenRun>,
  { missing }: Around,
  settings: LookSettings,
): Promise<void> {
  const { root, attempts, slurm } = settings;
  const elements = elementsByName(openSubmissions(root));
  const refusals = new Map<string, ReturnType<typeof readRefusals>>();
  const ended = new Map<string, Awaited<ReturnType<typeof slurm.ended>>>();
  for (const each of missing) {
    const { cell, last } = each;
    if (last === null) continue;
    const { name, index, job } = last;
    if (!refusals.has(name)) refusals.set(name, readRefusals(root, name));
    const refusal = refusals.get(name)?.get(cell.id);
    // A disk may be full on one node alone; everything else would be refused again.
    if (refusal !== undefined && (refusal.reason !== "storage" || each.attempts >= attempts)) {
      open.delete(cell.id);
      settings.onEnd(cell, { kind: "refused", ...refusal });
      continue;
    }
    if (wasPassedOver(cell.id, elements.get(`${name} ${index}`) ?? [], open, root)) {
      each.attempts--;
      continue;
    }
    if (job !== null && !ended.has(job)) ended.set(job, await slurm.ended(job));
    const how = job === null ? undefined : ended.get(job)?.find((element) => element.index === index);
    const word =
      how === undefined
        ? "SLURM no longer knows how"
        : `${how.state}${how.exitCode === "" ? "" : `, exit code ${how.exitCode}`}${how.node === "" ? "" : `, node ${how.node}`}`;
    const told = `${nameOf(cell)}: element ${index} of job ${job ?? name} ended without a record (${word})`;
    if (how?.state === "CANCELLED") {
      // Somebody wants it no more; to submit it again would be to argue.
      open.delete(cell.id);
      const message = `${nameOf(cell)}: its element was cancelled; the same bench sweep submits it again`;
      settings.onEnd(cell, { kind: "refused", reason: "interrupted", message });
      continue;
    }
    if (each.attempts < attempts) {
      settings.onNote(`${told}; it is submitted again`);
      continue;
    }
    open.delete(cell.id);
    const tail = logTail(root, name, index);
    const { message } = new RankbenchError({
      reason: "failed",
      thing: `run ${cell.id}`,
      problem: told,
      field: "attempts",
      value: each.attempts,
      wanted: `a record within ${attempts}`,
      next: `read ${join(submissionFolder(root, name), "logs", `${index}.log`)}, then give the same bench sweep again`,
    });
    settings.onEnd(cell, {
      kind: "refused",
      reason: "failed",
      message: tail === "" ? message : `${message}\n  the log ends with:\n${tail}`,
    });
  }
}
