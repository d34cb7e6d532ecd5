// Does the runs of a sweep on a SLURM cluster: hands what is missing to job arrays, waits, takes what the nodes wrote, and
// hands over again what came back without a record. Only a record file says that a run is done; the queue only says that one
// may still come. Whatever is killed here, the same command goes on.
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RankbenchError } from "#harness/failure/error.ts";
import type { SpecResources } from "#harness/measure/spec.ts";
import { parseRecord } from "#harness/record/file.ts";
import { hashOf } from "#harness/record/identity.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import type { Store } from "#harness/store/database.ts";
import { ingest } from "#harness/store/ingest.ts";
import type { CellResult } from "./run-cell.ts";
import type { Slurm } from "./slurm-commands.ts";
import { readRefusals } from "./slurm-element.ts";
import {
  logTail,
  noteJob,
  noteOver,
  openSubmissions,
  removeSpent,
  removeSubmission,
  unequalRecords,
  whileSubmitting,
} from "./slurm-ledger.ts";
import { type ManifestCell, submissionFolder, writeManifest, writeWhole } from "./slurm-manifest.ts";
import { type Packed, type PackedArray, packArrays } from "./slurm-pack.ts";
import { recordHash } from "./slurm-store.ts";
import { batchScript, type QueuedElement, sbatchWords } from "./slurm-words.ts";
import type { Interruption } from "./supervisor.ts";
import { cellOf, type SweepCell } from "./sweep-plan.ts";

export interface ClusterSettings {
  readonly root: string;
  readonly store: Store;
  readonly slurm: Slurm;
  readonly interruption: Interruption;
  /** Path of node and of the command line's entry, as nodes see them. */
  readonly node: string;
  readonly entry: string;
  /** Memory that a run may take; null for its part of what its job gets. */
  readonly memoryLimitBytes: number | null;
  /** Options of sbatch beside those that follow from the plan. */
  readonly sbatch: readonly string[];
  /** Expected time for which an element gets runs. */
  readonly elementSeconds: number;
  /** How often a run that comes back without a record is submitted. */
  readonly attempts: number;
  /** Most elements of an array that run at a time; null for as many as the cluster gives. */
  readonly atATime: number | null;
  readonly pollSeconds: number;
  /** False to end when everything is in the queue. */
  readonly wait: boolean;
  timeoutOf(cell: SweepCell): number | null;
  resourcesOf(cell: SweepCell): SpecResources;
  onSubmitted(array: SubmittedArray): void;
  onEnd(cell: SweepCell, result: CellResult): void;
  onLook(look: Look): void;
  /** Something that the user should know: no answer of the controller, an element that left nothing. */
  onNote(text: string): void;
}

export interface SubmittedArray {
  readonly name: string;
  readonly job: string;
  readonly elements: number;
  readonly runs: number;
  readonly limitMinutes: number | null;
}

/** Elements of this sweep in the queue, at a look. */
export interface Look {
  readonly running: number;
  readonly waiting: number;
  /** Why elements wait, in SLURM's words. */
  readonly reasons: readonly string[];
}

export interface ClusterEnd {
  /** Runs that are in the queue, or would be. */
  readonly left: readonly SweepCell[];
  readonly stopped: "interrupted" | "submitted" | null;
  /** Names of the jobs that are in the queue for what is left. */
  readonly names: readonly string[];
  /** Records kept aside, as they differ from those of other attempts at the same runs. */
  readonly unequal: readonly string[];
}

/** A run that has no record yet. */
interface Open {
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

/** Runs one sweep on a cluster to its end. Throws refusals of SLURM and results that cannot be written. */
export async function runOnCluster(
  todo: readonly SweepCell[],
  settings: ClusterSettings,
): Promise<ClusterEnd> {
  const { root, interruption } = settings;
  const open = new Map<string, Open>(
    todo.map((cell) => {
      const { file } = cellOf(root, cell);
      return [cell.id, { cell, file, replaces: recordHash(file), attempts: 0, missed: 0, last: null }];
    }),
  );
  /** Submissions with runs of this sweep. */
  const own = new Set<string>();
  let queued: readonly QueuedElement[] = [];
  const unequalBefore = new Set(unequalRecords(root));
  const end = (stopped: ClusterEnd["stopped"]): ClusterEnd => ({
    left: [...open.values()].map(({ cell }) => cell),
    stopped,
    names:
      stopped === null ? [] : [...new Set(queued.map(({ name }) => name))].filter((name) => own.has(name)),
    unequal: unequalRecords(root).filter((file) => !unequalBefore.has(file)),
  });
  let answered = true;
  for (;;) {
    if (interruption.stop.aborted) return end("interrupted");
    const look = await lookAround(open, settings, own);
    if (look === null) {
      if (answered) settings.onNote("the controller of SLURM does not answer; waiting for it");
      answered = false;
    } else {
      answered = true;
      queued = look.queued;
      await giveUp(open, look, settings);
      if (open.size === 0) {
        await tidy(settings);
        return end(null);
      }
      const missing = new Set(look.missing.filter(({ cell }) => open.has(cell.id)));
      const submitted = missing.size === 0 ? queued : await submitMissing(open, missing, settings, own);
      if (submitted !== null) queued = submitted;
      if (submitted !== null && !settings.wait) return end("submitted");
    }
    await sleep(1000 * settings.pollSeconds, undefined, { signal: interruption.stop }).catch(() => undefined);
  }
}

interface Around {
  readonly queued: readonly QueuedElement[];
  /** Runs that have neither record nor element. */
  readonly missing: readonly Open[];
}

/** Asks the queue, then takes the records: an element that left the queue had written its own before. */
async function lookAround(
  open: Map<string, Open>,
  settings: ClusterSettings,
  own: Set<string>,
): Promise<Around | null> {
  const { root, slurm } = settings;
  const submissions = openSubmissions(root);
  const queued =
    submissions.length === 0 ? [] : await slurm.queue(submissions.map(({ manifest }) => manifest.name));
  takeRecords(open, settings);
  if (queued === null) return null;
  const there = new Map(queued.map((element) => [`${element.name} ${element.index}`, element]));
  const active = new Map<string, Open["last"]>();
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
  const missing: Open[] = [];
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
function takeRecords(open: Map<string, Open>, settings: ClusterSettings): void {
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

/** Ends the runs that no further attempt would help: refused by a node, or without a record too often. */
async function giveUp(
  open: Map<string, Open>,
  { missing }: Around,
  settings: ClusterSettings,
): Promise<void> {
  const { root, attempts, slurm } = settings;
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
    if (job !== null && !ended.has(job)) ended.set(job, await slurm.ended(job));
    const how = job === null ? undefined : ended.get(job)?.find((element) => element.index === index);
    const word =
      how === undefined
        ? "SLURM no longer knows how"
        : `${how.state}${how.exitCode === "" ? "" : `, exit code ${how.exitCode}`}${how.node === "" ? "" : `, node ${how.node}`}`;
    const told = `${nameOf(cell)}: element ${index} of job ${job ?? name} ended without a record (${word})`;
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

interface Wanted extends Packed {
  readonly open: Open;
  readonly manifest: ManifestCell;
}

function wantedOf(open: Open, settings: ClusterSettings): Wanted {
  const { cell, replaces, attempts } = open;
  const { group, seed, id } = cell;
  const timeoutSeconds = settings.timeoutOf(cell);
  return {
    open,
    expectedSeconds: group.expected.seconds,
    timeoutSeconds,
    attempts,
    resources: settings.resourcesOf(cell),
    manifest: {
      id,
      identity: { ...group.identity, seed },
      threads: group.request.threads,
      overrides: { ...group.overrides },
      timeoutSeconds,
      replaces,
      ...(group.purpose === undefined ? {} : { purpose: group.purpose }),
      ...(group.tuned === null ? {} : { tuned: group.tuned }),
    },
  };
}

/** Submits what is missing, after one more look under the lock. The queue as it is then; null where SLURM did not answer. */
async function submitMissing(
  open: Map<string, Open>,
  missing: ReadonlySet<Open>,
  settings: ClusterSettings,
  own: Set<string>,
): Promise<readonly QueuedElement[] | null> {
  const { root, slurm, interruption } = settings;
  const mostElements = await slurm.mostElements();
  return whileSubmitting(root, interruption.stop, async () => {
    const look = await lookAround(open, settings, own);
    if (look === null) return null;
    const inQueue = new Set(look.queued.map(({ name }) => name));
    for (const { manifest } of openSubmissions(root))
      if (!inQueue.has(manifest.name)) noteOver(root, manifest.name);
    const wanted = look.missing
      .filter((each) => missing.has(each) && open.has(each.cell.id))
      .map((each) => wantedOf(each, settings));
    const arrays = packArrays(wanted, { elementSeconds: settings.elementSeconds, mostElements });
    for (const array of arrays) {
      if (interruption.stop.aborted) break;
      const name = await submitArray(array, settings);
      if (name === null) return null;
      own.add(name);
    }
    return slurm.queue(openSubmissions(root).map(({ manifest }) => manifest.name));
  });
}

/** A name that no other job has: of this command, this moment and these runs. */
const freshName = (root: string, ids: readonly string[]): string =>
  `rankbench-${hashOf([root, process.pid, Date.now(), performance.now(), ids]).slice(0, 12)}`;

/** Hands one array to SLURM: its name, or null when nobody knows whether it was taken, which the next look tells. */
async function submitArray(array: PackedArray<Wanted>, settings: ClusterSettings): Promise<string | null> {
  const { root, slurm, node, entry, sbatch, atATime, memoryLimitBytes } = settings;
  const { elements, resources, limitMinutes } = array;
  const runs = elements.flat();
  const name = freshName(
    root,
    runs.map(({ manifest }) => manifest.id),
  );
  const folder = submissionFolder(root, name);
  const logs = join(folder, "logs");
  const script = join(folder, "element.sh");
  mkdirSync(logs, { recursive: true });
  const manifest = {
    schema: 1 as const,
    name,
    createdAt: new Date().toISOString(),
    memoryLimitBytes,
    elements: elements.map((element) => element.map((wanted) => wanted.manifest)),
  };
  writeWhole(script, batchScript({ root, node, entry, manifest: writeManifest(root, manifest) }));
  const words = sbatchWords({
    name,
    elements: elements.length,
    atATime,
    resources,
    limitMinutes,
    root,
    logs,
    script,
    more: sbatch,
  });
  let answer: Awaited<ReturnType<Slurm["submit"]>>;
  try {
    answer = await slurm.submit(words);
  } catch (error) {
    removeSubmission(root, name);
    throw error;
  }
  if (answer.kind === "unknown") {
    settings.onNote(`sbatch had no answer (${answer.said}); the queue will tell whether the array was taken`);
    return null;
  }
  noteJob(root, name, answer.job);
  for (const [index, element] of elements.entries()) {
    for (const { open } of element) {
      open.attempts++;
      open.missed = 0;
      open.last = { name, index, job: answer.job };
    }
  }
  settings.onSubmitted({
    name,
    job: answer.job,
    elements: elements.length,
    runs: runs.length,
    limitMinutes,
  });
  return name;
}

/** Takes away what submissions left that have nothing to tell any more. */
async function tidy({ root, slurm, interruption }: ClusterSettings): Promise<void> {
  await whileSubmitting(root, interruption.stop, async () => {
    const queued = await slurm.queue(openSubmissions(root).map(({ manifest }) => manifest.name));
    if (queued !== null) removeSpent(root, new Set(queued.map(({ name }) => name)));
  });
}
