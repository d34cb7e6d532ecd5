// The commands of SLURM as functions. What cannot be answered now (a controller that restarts) is null and never an empty
// answer: nothing may be taken for lost because nobody could be asked.
import { execFile } from "node:child_process";
import { RankbenchError } from "#harness/failure/error.ts";
import {
  type EndedElement,
  jobIdOf,
  parseAccounting,
  parseJobs,
  parseMaxArraySize,
  parseQueue,
  type QueuedElement,
  sacctWords,
  scontrolWords,
  squeueWords,
} from "./words.ts";

/** `unknown`: the controller did not answer in time; the array may have been taken all the same. */
export type Submitted =
  | { readonly kind: "taken"; readonly job: string }
  | { readonly kind: "unknown"; readonly said: string };

export interface Slurm {
  /** Submits an array; a refusal by SLURM is a `usage` error in its own words. */
  submit(words: readonly string[]): Promise<Submitted>;
  /** Elements of jobs of these names that are not over; null when the controller does not answer. */
  queue(names: readonly string[]): Promise<readonly QueuedElement[] | null>;
  /** How elements of an array ended, where SLURM still knows. */
  ended(job: string): Promise<readonly EndedElement[]>;
  mostElements(): Promise<number>;
}

interface Answer {
  /** Null when a signal ended it: Ctrl-C reaches these commands too. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const ANSWER_MS = 60_000;
/** An array of this size is taken by every cluster that was not made smaller by hand. */
const USUAL_ELEMENTS = 1000;
/** Names in one command line. */
const NAMES_AT_ONCE = 200;

/** Words by which SLURM's commands say that the controller could not be reached, rather than that it said no. */
const NO_ANSWER =
  /unable to contact|socket timed out|connection refused|connection timed out|communication|try again|transport endpoint|slurm backup controller|zero bytes were transmitted|resource temporarily unavailable/i;

const missing = (program: string): RankbenchError =>
  new RankbenchError({
    reason: "usage",
    thing: "command line",
    problem: `there is no SLURM on this machine: ${program} was not found`,
    field: "--executor",
    value: "slurm",
    wanted: "sbatch and squeue in PATH, as a cluster's login nodes have them",
    next: "load the cluster's module or log in to it, or leave --executor out",
  });

function ask(program: string, words: readonly string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settings = { encoding: "utf8", timeout: ANSWER_MS, maxBuffer: 256 * 2 ** 20 } as const;
    execFile(program, [...words], settings, (error, out, err) => {
      if (error === null) return resolve({ code: 0, out, err });
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return reject(missing(program));
      resolve({ code: typeof code === "number" ? code : null, out, err: err === "" ? error.message : err });
    });
  });
}

/** The cluster that the environment names (`SLURM_CONF`, or the machine's own). */
export function systemSlurm(): Slurm {
  return {
    async submit(words) {
      const { code, out, err } = await ask("sbatch", words);
      const job = code === 0 ? jobIdOf(out) : undefined;
      if (job !== undefined) return { kind: "taken", job };
      const said = (err.trim() === "" ? out : err).trim();
      if (code === 0 || code === null || NO_ANSWER.test(said)) return { kind: "unknown", said };
      throw new RankbenchError({
        reason: "usage",
        thing: "sbatch",
        problem: said === "" ? "refused the job array" : said.split("\n").join("; "),
        field: "--sbatch",
        value: words.join(" "),
        wanted: "a job that the cluster takes",
        next: "give what it wants with --sbatch, as --sbatch=--partition=NAME",
      });
    },
    async queue(names) {
      const found: QueuedElement[] = [];
      for (let start = 0; start < names.length; start += NAMES_AT_ONCE) {
        const { code, out } = await ask("squeue", squeueWords(names.slice(start, start + NAMES_AT_ONCE)));
        if (code !== 0) return null;
        found.push(...parseQueue(out));
      }
      return found;
    },
    async ended(job) {
      // Accounting remembers; where a cluster keeps none, the controller knows for some minutes.
      const questions = [
        ["sacct", sacctWords(job), parseAccounting],
        ["scontrol", scontrolWords(job), parseJobs],
      ] as const;
      for (const [program, words, parse] of questions) {
        const answer = await ask(program, words).catch(() => undefined);
        const found = answer?.code === 0 ? parse(answer.out) : [];
        if (found.length > 0) return found;
      }
      return [];
    },
    async mostElements() {
      const answer = await ask("scontrol", ["show", "config"]).catch(() => undefined);
      return parseMaxArraySize(answer?.out ?? "") ?? USUAL_ELEMENTS;
    },
  };
}
