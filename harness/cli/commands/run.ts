// `bench run`, the default command: its options, and from their text to a checked request. The work is in run-cells.ts.
import { type Command, Option } from "commander";
import { ENGINE_NAMES } from "#harness/engine/engine.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { SCALES, type Scale } from "#harness/record/identity.ts";
import { MEASURE_NAMES, type Measure } from "#harness/record/measurement.ts";
import type { RunRequest } from "#harness/run/request.ts";
import {
  collect,
  parseDuration,
  parseEngine,
  parseInteger,
  parseList,
  parsePairs,
  parseScale,
  parseSeed,
  parseSeeds,
  parseSize,
} from "../parse.ts";
import type { Session } from "../session.ts";

const EXAMPLES = `
Examples:
  pnpm bench --method galore --task glue-sst2
  pnpm bench --method lora --task glue-sst2 --set rank=16 --seeds 0-4
  pnpm bench --method lora,fwsvd --task glue-sst2 --scale smoke --keep-going --timeout 10m
  pnpm bench --method lora --task glue-sst2 --dry-run
  pnpm bench --method lora,galore --task glue-sst2 --measure memory

A run that exists already with a result is shown, not repeated; one that ended without a result is tried again and its
record replaced. Several runs are done one after another.`;

/** Options as commander gives them: text, checked below. */
interface RawOptions {
  readonly method: readonly string[];
  readonly task: readonly string[];
  readonly seed?: string;
  readonly seeds?: string;
  readonly scale: string;
  readonly engine: string;
  readonly threads: string;
  readonly set: readonly string[];
  readonly tuned: boolean;
  readonly timeout?: string;
  readonly memoryLimit?: string;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly keepGoing: boolean;
  readonly measure?: Measure;
  readonly json: boolean;
}

/** How the runs are done; none of it is part of a run's identity. */
export interface RunSettings {
  readonly timeoutSeconds: number | null;
  /** Null: the default share of the machine's memory. */
  readonly memoryLimitBytes: number | null;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly keepGoing: boolean;
  /** Measure this in a process of its own instead of doing the runs. */
  readonly measure: Measure | null;
}

const MAX_THREADS = 1024;

export function defineRun(program: Command, session: Session): void {
  program
    .command("run", { isDefault: true })
    .description("train and measure methods on tasks, store and show the results (default command)")
    .addOption(
      new Option("-m, --method <ids>", "method, or several joined by commas; may be given again")
        .argParser(collect)
        .default([], "required"),
    )
    .addOption(
      new Option("-t, --task <ids>", "task, or several joined by commas; may be given again")
        .argParser(collect)
        .default([], "required"),
    )
    .option("--seed <n>", "one seed (default: 0)")
    .option("--seeds <list>", "several seeds: 0-4 or 0,2,5")
    .option(
      "--scale <scale>",
      `${SCALES.join(", ")}: seconds for tests, minutes on a CPU, the papers' setting`,
      "small",
    )
    .option("--engine <name>", `what executes tensors: ${ENGINE_NAMES.join(", ")}`, "onnx")
    .option("--threads <n>", "threads inside one operation", "1")
    .addOption(
      new Option("--set <key=value>", "a field of the method's configuration; may be given again")
        .argParser(collect)
        .default([], "the method's own defaults"),
    )
    .option("--tuned", "use the configuration that bench tune chose for the task", false)
    .option("--force", "repeat runs that exist, and replace their records", false)
    .option("--dry-run", "show what would be run, and do nothing", false)
    .option("--keep-going", "go on with the next run after one that ended without a result", false)
    .option(
      "--timeout <time>",
      "wall time a run may take: 90s, 30m, 2h (default: 15m smoke, 6h small, none full)",
    )
    .option("--memory-limit <size>", "memory a run may take: 800MB, 4GiB (default: 80 % of the machine's)")
    .addOption(
      new Option(
        "--measure <what>",
        "measure the runs' real training memory in a slower process of its own, and store it beside them (Linux)",
      ).choices(MEASURE_NAMES),
    )
    .option("--json", "print one JSON document on stdout; progress goes to stderr", false)
    .addHelpText("after", EXAMPLES)
    .action(async (raw: RawOptions) => {
      session.json = raw.json;
      const request = parseRequest(raw);
      const settings = parseSettings(raw, request.scale);
      if (settings.measure !== null && !settings.dryRun) {
        const { measureCells } = await import("../measure-cells.ts");
        session.exitCode = await measureCells(session, request, settings, settings.measure);
        return;
      }
      const { runCells } = await import("../run-cells.ts");
      session.exitCode = await runCells(session, request, settings);
    });
}

function required(given: readonly string[], field: string, listCommand: string): string[] {
  if (given.length > 0) return parseList(given, field);
  throw new RankbenchError({
    reason: "usage",
    thing: "command line",
    problem: `${field} is missing`,
    field,
    wanted: "one id, or several joined by commas",
    next: `see ${listCommand}; for example: pnpm bench --method galore --task glue-sst2`,
  });
}

function parseRequest(raw: RawOptions): RunRequest {
  if (raw.seed !== undefined && raw.seeds !== undefined) {
    throw new RankbenchError({
      reason: "usage",
      thing: "command line",
      problem: "--seed and --seeds were both given",
      wanted: "one of them",
      next: "leave one out",
    });
  }
  if (raw.tuned && raw.set.length > 0) {
    throw new RankbenchError({
      reason: "usage",
      thing: "command line",
      problem: "--tuned and --set were both given",
      wanted: "one of them",
      next: "leave one out",
    });
  }
  return {
    methods: required(raw.method, "--method", "pnpm bench list methods"),
    tasks: required(raw.task, "--task", "pnpm bench list tasks"),
    seeds: raw.seeds === undefined ? [parseSeed(raw.seed ?? "0")] : parseSeeds(raw.seeds),
    scale: parseScale(raw.scale),
    engine: parseEngine(raw.engine),
    threads: parseInteger(raw.threads, "--threads", { min: 1, max: MAX_THREADS }),
    overrides: parsePairs(raw.set),
    tuned: raw.tuned,
  };
}

/** Wall time that a run may take where nothing is asked for. */
export const DEFAULT_TIMEOUT_SECONDS: Readonly<Record<Scale, number | null>> = {
  smoke: 900,
  small: 21_600,
  full: null,
};

function parseSettings(raw: RawOptions, scale: Scale): RunSettings {
  return {
    timeoutSeconds: raw.timeout === undefined ? DEFAULT_TIMEOUT_SECONDS[scale] : parseDuration(raw.timeout),
    memoryLimitBytes: raw.memoryLimit === undefined ? null : parseSize(raw.memoryLimit),
    force: raw.force,
    dryRun: raw.dryRun,
    keepGoing: raw.keepGoing,
    measure: raw.measure ?? null,
  };
}
