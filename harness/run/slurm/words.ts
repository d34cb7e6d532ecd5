// SLURM's words: the script of an array, the words of sbatch, and what squeue, scontrol and sacct print. Text in, text or
// values out; nothing is started here.
import { RankbenchError } from "#harness/failure/error.ts";
import type { SpecResources } from "#harness/measure/spec.ts";

/** A word for a POSIX shell. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** The program of every element; SLURM keeps a copy, so that an edit does not reach what is queued. */
export function batchScript(options: {
  readonly root: string;
  /** Path of node, of the command line's entry and of the manifest, as nodes see them. */
  readonly node: string;
  readonly entry: string;
  readonly manifest: string;
}): string {
  const { root, node, entry, manifest } = options;
  return [
    "#!/bin/bash",
    `cd ${quoted(root)} || exit 1`,
    `export RANKBENCH_ROOT=${quoted(root)}`,
    // In place of the shell, so that the signals of scancel and of the time limit reach it.
    `exec ${quoted(node)} ${quoted(entry)} slurm-element ${quoted(manifest)}`,
    "",
  ].join("\n");
}

/** What the executor itself decides; a user's word on it would break resuming, counting or merging. */
const OWNED: readonly string[] = [
  "array",
  "job-name",
  "requeue",
  "no-requeue",
  "output",
  "error",
  "open-mode",
  "parsable",
  "wrap",
  "wait",
  "chdir",
  "dependency",
  "test-only",
  "ntasks",
  "nodes",
];

/** Checks `--sbatch` options: long ones with `--`, one word each, and none that the executor decides. */
export function checkSbatchOptions(options: readonly string[]): readonly string[] {
  for (const option of options) {
    const name = /^--([a-z][a-z0-9-]*)(=.*)?$/s.exec(option)?.[1];
    const problem =
      name === undefined
        ? "is no option of sbatch"
        : OWNED.includes(name)
          ? "is decided by the sweep"
          : undefined;
    if (problem === undefined) continue;
    throw new RankbenchError({
      reason: "usage",
      thing: "command line",
      problem: `an option for sbatch ${problem}`,
      field: "--sbatch",
      value: option,
      wanted: "a long option with its value, as --partition=gpu or --account=lab",
      next: "see man sbatch",
    });
  }
  return options;
}

export interface SbatchOptions {
  readonly name: string;
  readonly elements: number;
  /** Most elements that run at a time; null for as many as the cluster gives. */
  readonly atATime: number | null;
  readonly resources: SpecResources;
  readonly limitMinutes: number | null;
  readonly root: string;
  /** Folder of the elements' logs. */
  readonly logs: string;
  readonly script: string;
  /** The user's; they come last and so win over `resources`. */
  readonly more: readonly string[];
}

/** SLURM reads `%` in file names; `%%` is one. */
const fileName = (path: string): string => path.replaceAll("%", "%%");

/** The words of sbatch for one array. */
export function sbatchWords(options: SbatchOptions): string[] {
  const { name, elements, atATime, resources, limitMinutes, root, logs, script, more } = options;
  return [
    "--parsable",
    `--job-name=${name}`,
    `--array=0-${elements - 1}${atATime === null ? "" : `%${atATime}`}`,
    "--requeue",
    "--ntasks=1",
    // A requeued element goes on in the log of its first attempt.
    "--open-mode=append",
    `--output=${fileName(logs)}/%a.log`,
    `--chdir=${root}`,
    ...(limitMinutes === null ? [] : [`--time=${limitMinutes}`]),
    ...(resources.cpus === null ? [] : [`--cpus-per-task=${resources.cpus}`]),
    ...(resources.memoryMiB === null ? [] : [`--mem=${resources.memoryMiB}M`]),
    ...(resources.gres === null ? [] : [`--gres=${resources.gres}`]),
    ...more,
    script,
  ];
}

/** Job id of `sbatch --parsable`: `4711` or `4711;cluster`; undefined for anything else. */
export const jobIdOf = (printed: string): string | undefined => /^(\d+)(?:;\S+)?\s*$/.exec(printed)?.[1];

/** One element that SLURM still has to do with: waiting, running, ending or to be run again. */
export interface QueuedElement {
  readonly job: string;
  readonly name: string;
  readonly index: number;
  /** `PENDING`, `RUNNING`, `COMPLETING`, ... */
  readonly state: string;
  /** Why it waits; `None` for what runs. */
  readonly reason: string;
}

/** The words of squeue, for jobs of these names; a line an element. */
export const squeueWords = (names: readonly string[]): string[] => [
  "--noheader",
  "--array",
  `--name=${names.join(",")}`,
  "--format=%F|%K|%T|%j|%r",
];

/** What squeue printed. Lines that are no element of an array are passed over. */
export function parseQueue(printed: string): QueuedElement[] {
  return printed.split("\n").flatMap((line) => {
    const [, job, index, state, name, reason] = /^\s*(\d+)\|(\d+)\|([^|]*)\|([^|]*)\|(.*)$/.exec(line) ?? [];
    if (job === undefined || state === undefined || name === undefined) return [];
    return [{ job, index: Number(index), state, name, reason: reason?.trim() ?? "" }];
  });
}

/** How an element ended, by SLURM's word. */
export interface EndedElement {
  readonly index: number;
  /** `COMPLETED`, `FAILED`, `TIMEOUT`, `NODE_FAIL`, `OUT_OF_MEMORY`, `CANCELLED`, ... */
  readonly state: string;
  /** `code:signal`. */
  readonly exitCode: string;
  readonly node: string;
}

/** More indices than any cluster's arrays have are no list of indices. */
const MOST_INDICES = 10_000_000;

/** Indices in SLURM's lists: `3`, `1-9%4`, `0,2,5-7`. None for a text that is no list. */
export function parseIndices(text: string): number[] {
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*(%\d+)?$/.test(text)) return [];
  return (text.split("%")[0] ?? "").split(",").flatMap((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return last < first || last - first > MOST_INDICES
      ? []
      : Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** The words of scontrol that show an array; it forgets jobs after some minutes. */
export const scontrolWords = (job: string): string[] => ["show", "job", job, "--oneliner"];

/** What scontrol printed: `Key=Value` words, a line an element, or a line for all that never began. */
export function parseJobs(printed: string): EndedElement[] {
  return printed.split("\n").flatMap((line) => {
    const value = (key: string): string | undefined => new RegExp(`(?:^|\\s)${key}=(\\S+)`).exec(line)?.[1];
    const state = value("JobState");
    if (state === undefined) return [];
    const how = { state, exitCode: value("ExitCode") ?? "", node: value("BatchHost") ?? "" };
    return parseIndices(value("ArrayTaskId") ?? "").map((index) => ({ index, ...how }));
  });
}

/** The words of sacct for an array, without its steps. */
export const sacctWords = (job: string): string[] => [
  "--noheader",
  "--parsable2",
  "--allocations",
  "--array",
  `--jobs=${job}`,
  "--format=JobID,State,ExitCode,NodeList",
];

/** What sacct printed; the last line on an element counts, as a requeued one has several. */
export function parseAccounting(printed: string): EndedElement[] {
  const found = new Map<number, EndedElement>();
  for (const line of printed.split("\n")) {
    const [, indices, state, exitCode = "", node = ""] =
      /^\d+_\[?([\d,%-]+)\]?\|([A-Z_]+)[^|]*\|([^|]*)\|(.*)$/.exec(line) ?? [];
    if (indices === undefined || state === undefined) continue;
    for (const index of parseIndices(indices))
      found.set(index, { index, state, exitCode, node: node.trim() });
  }
  return [...found.values()];
}

/** Most elements of an array, from `scontrol show config`; null where it does not say. Indices end one below the limit. */
export function parseMaxArraySize(printed: string): number | null {
  const size = Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(printed)?.[1]);
  return Number.isInteger(size) && size > 1 ? size - 1 : null;
}
