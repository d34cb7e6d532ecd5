// Does the runs of a sweep on a SLURM cluster: hands what is missing to job arrays, waits, takes what the nodes wrote, and
// hands over again what came back without a record. Only a record file says that a run is done; the queue only says that one
// may still come. Whatever is killed here, the same command goes on.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SpecResources } from "#harness/measure/spec.ts";
import { hashOf } from "#harness/record/identity.ts";
import type { Interruption } from "../supervisor.ts";
import type { SweepCell } from "../sweep-plan.ts";
import type { Slurm } from "./commands.ts";
import {
  noteJob,
  noteOver,
  openSubmissions,
  removeSpent,
  removeSubmission,
  unequalRecords,
  whileSubmitting,
} from "./ledger.ts";
import { giveUp, type LookSettings, lookAround, type OpenRun, openRuns } from "./look.ts";
import { type ManifestCell, submissionFolder, writeManifest, writeWhole } from "./manifest.ts";
import { type Packed, type PackedArray, packArrays } from "./pack.ts";
import { batchScript, type QueuedElement, sbatchWords } from "./words.ts";

export interface ClusterSettings extends LookSettings {
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
  /** Most elements of an array that run at a time; null for as many as the cluster gives. */
  readonly atATime: number | null;
  readonly pollSeconds: number;
  /** False to end when everything is in the queue. */
  readonly wait: boolean;
  timeoutOf(cell: SweepCell): number | null;
  resourcesOf(cell: SweepCell): SpecResources;
  onSubmitted(array: SubmittedArray): void;
}

export interface SubmittedArray {
  readonly name: string;
  readonly job: string;
  readonly elements: number;
  readonly runs: number;
  readonly limitMinutes: number | null;
}

export interface ClusterEnd {
  /** Runs that are in the queue, or would be. */
  readonly left: readonly SweepCell[];
  readonly stopped: "interrupted" | "submitted" | null;
  /** Names of the jobs that are in the queue for what is left. */
  readonly names: readonly string[];
  /** Records kept aside, as they differ from those of other attempts at the same runs; told until somebody removes them. */
  readonly unequal: readonly string[];
}

/** Runs one sweep on a cluster to its end. Throws refusals of SLURM and results that cannot be written. */
export async function runOnCluster(
  todo: readonly SweepCell[],
  settings: ClusterSettings,
): Promise<ClusterEnd> {
  const { root, interruption } = settings;
  const open = openRuns(root, todo);
  /** Submissions with runs of this sweep. */
  const own = new Set<string>();
  let queued: readonly QueuedElement[] = [];
  const end = (stopped: ClusterEnd["stopped"]): ClusterEnd => ({
    left: [...open.values()].map(({ cell }) => cell),
    stopped,
    names:
      stopped === null ? [] : [...new Set(queued.map(({ name }) => name))].filter((name) => own.has(name)),
    unequal: unequalRecords(root),
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

interface Wanted extends Packed {
  readonly open: OpenRun;
  readonly manifest: ManifestCell;
}

function wantedOf(open: OpenRun, settings: ClusterSettings): Wanted {
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
  open: Map<string, OpenRun>,
  missing: ReadonlySet<OpenRun>,
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
