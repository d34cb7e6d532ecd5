// The options that `bench plan` and `bench sweep` share, and from their text and a sweep file to a checked sweep.
import { type Command, Option } from "commander";
import { ENGINE_NAMES } from "#harness/engine/engine.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { SCALES } from "#harness/record/identity.ts";
import { readSweepFile, type SweepFlags, sweepOf } from "#harness/run/sweep-file.ts";
import type { SweepSpec } from "#harness/run/sweep-spec.ts";
import {
  collect,
  parseDuration,
  parseEngine,
  parseInteger,
  parseList,
  parseScale,
  parseSeeds,
} from "./parse.ts";

/** Options as commander gives them. */
export interface RawSweep {
  readonly method: readonly string[];
  readonly task: readonly string[];
  readonly seeds?: string;
  readonly scale: readonly string[];
  readonly engine?: string;
  readonly threads?: string;
  readonly set: readonly string[];
  readonly tuned: boolean;
  readonly timeout?: string;
  readonly retry?: string;
  readonly keepStale: boolean;
  readonly jobs: string;
  readonly json: boolean;
}

const MAX_JOBS = 256;

const several = (flags: string, description: string, fallback: string): Option =>
  new Option(flags, description).argParser(collect).default([], fallback);

/** Adds the shared argument and options. */
export function addSweepOptions(command: Command): Command {
  return command
    .argument("[file]", "sweep file (YAML); flags win over what it says")
    .addOption(
      several("-m, --method <ids>", "methods: ids or patterns (lora*), !id to leave out", "the file's"),
    )
    .addOption(several("-t, --task <ids>", "tasks: ids or patterns (glue-*), !id to leave out", "the file's"))
    .option("--seeds <list>", "0-4 or 0,2,5 (default: the file's, else 0)")
    .addOption(several("--scale <scales>", SCALES.join(", "), "the file's, else small"))
    .option("--engine <name>", `${ENGINE_NAMES.join(", ")} (default: the file's, else onnx)`)
    .option("--threads <n>", "threads inside one operation (default: the file's, else 1)")
    .addOption(
      several(
        "--set <key=value>",
        "a field of the configuration; the same key given again is an alternative",
        "none",
      ),
    )
    .option("--tuned", "use the configurations that bench tune chose", false)
    .option("--timeout <time>", "wall time a run may take (default: the file's, else that of bench run)")
    .option("--jobs <n>", "workers at a time, a core each; their training times are contended", "1")
    .option("--keep-stale", "count results of older code, protocol or task version as done", false)
    .addOption(new Option("--retry <what>", "try runs that ended without a result again").choices(["failed"]))
    .option("--json", "print one JSON document on stdout; progress goes to stderr", false);
}

/** `--set rank=4 --set rank=8 --set alpha=8`: alternatives by key. */
function parseAlternatives(given: readonly string[]): Record<string, string[]> {
  const found = new Map<string, string[]>();
  for (const text of given) {
    const at = text.indexOf("=");
    if (at <= 0) {
      throw new RankbenchError({
        reason: "usage",
        thing: "command line",
        problem: "the option's value was refused",
        field: "--set",
        value: text,
        wanted: "key=value, as rank=8",
        next: "see pnpm bench plan --help",
      });
    }
    const key = text.slice(0, at).trim();
    found.set(key, [...(found.get(key) ?? []), text.slice(at + 1)]);
  }
  return Object.fromEntries(found);
}

/** What the flags say; what was not given is left out. */
function flagsOf(raw: RawSweep): SweepFlags {
  return {
    ...(raw.method.length === 0 ? {} : { methods: parseList(raw.method, "--method") }),
    ...(raw.task.length === 0 ? {} : { tasks: parseList(raw.task, "--task") }),
    ...(raw.seeds === undefined ? {} : { seeds: parseSeeds(raw.seeds) }),
    ...(raw.scale.length === 0 ? {} : { scales: parseList(raw.scale, "--scale").map(parseScale) }),
    ...(raw.engine === undefined ? {} : { engine: parseEngine(raw.engine) }),
    ...(raw.threads === undefined
      ? {}
      : { threads: parseInteger(raw.threads, "--threads", { min: 1, max: 1024 }) }),
    ...(raw.set.length === 0 ? {} : { set: parseAlternatives(raw.set) }),
    ...(raw.tuned ? { tuned: true } : {}),
    ...(raw.timeout === undefined ? {} : { timeoutSeconds: parseDuration(raw.timeout) }),
  };
}

/** The sweep that file and flags ask for. */
export function parseSweep(file: string | undefined, raw: RawSweep): SweepSpec {
  const flags = flagsOf(raw);
  const readers = {
    seeds: (text: string) => parseSeeds(text, "seeds"),
    duration: (text: string) => parseDuration(text, "timeout"),
  };
  const read = file === undefined ? { shared: {}, parts: [{}] } : readSweepFile(file, readers);
  const spec = sweepOf(read, flags);
  if (spec.parts.some((part) => part.tuned && Object.keys(part.set).length > 0)) {
    throw new RankbenchError({
      reason: "usage",
      thing: "sweep",
      problem: "tuned configurations and settings of one's own were both asked for",
      field: "set",
      wanted: "one of them",
      next: "leave --set or --tuned out",
    });
  }
  return spec;
}

/** Workers at a time: no more than the cores that the engine's threads leave. */
export function parseJobs(text: string, cores: number, threads: number): number {
  const jobs = parseInteger(text, "--jobs", { min: 1, max: MAX_JOBS });
  const most = Math.max(1, Math.floor(cores / threads));
  if (jobs <= most) return jobs;
  throw new RankbenchError({
    reason: "usage",
    thing: "command line",
    problem: "there are not so many cores",
    field: "--jobs",
    value: jobs,
    wanted: `at most ${most}: ${cores} cores for runs of ${threads} thread${threads === 1 ? "" : "s"}`,
    next: `give --jobs ${most}`,
  });
}
