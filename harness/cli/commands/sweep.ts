// `bench sweep`: does the runs of a sweep that are not there yet.
import { type Command, Option } from "commander";
import { RankbenchError } from "#harness/failure/error.ts";
import { EXECUTORS, type Executor } from "#harness/run/executor.ts";
import { collect } from "../parse.ts";
import type { Session } from "../session.ts";
import { addSweepOptions, type RawSweep } from "../sweep-options.ts";

const EXAMPLES = `
Examples:
  pnpm bench sweep results/sweeps/first-board.yaml --budget 2h
  pnpm bench sweep --method lora,galore --task 'glue-*' --seeds 0-2 --jobs 2
  pnpm bench sweep results/sweeps/first-board.yaml --retry failed
  pnpm bench sweep results/sweeps/first-board.yaml --executor slurm --sbatch=--partition=cpu

What is done stays. Runs that are missing or stale are done, failed ones with --retry failed; the same command goes on
after anything: Ctrl-C, kill, a restart of the machine. With --jobs 1 every run has the machine to itself. With more,
each worker keeps to a core of its own; their training times say contended and are not ranked, but while one measures
latency the others stand still. The exit code is 8 when a run ended without a result, 0 also when the budget was spent.

With --executor slurm job arrays do the runs, on nodes that see this checkout. Only record files say what is done: what
comes back without one is submitted again. Ctrl-C leaves the arrays running; the same command takes them up, and submits
nothing that is queued. See docs/cluster.md.`;

export interface SweepRaw extends RawSweep {
  readonly dryRun: boolean;
  readonly keepGoing: boolean;
  readonly budget?: string;
  readonly memoryLimit?: string;
  readonly executor: Executor;
  readonly spec?: string;
  readonly sbatch: readonly string[];
  readonly elementTime: string;
  readonly attempts: string;
  readonly poll: string;
  readonly wait: boolean;
}

/** Options that say how a cluster is used; without one they mean nothing. */
const OF_CLUSTERS = ["spec", "sbatch", "elementTime", "attempts", "poll", "wait"] as const;
/** Options of workers on this machine. */
const OF_THIS_MACHINE = ["budget", "keepGoing"] as const;

export function defineSweep(program: Command, session: Session): void {
  addSweepOptions(
    program
      .command("sweep")
      .description("do the missing runs of a sweep: methods, tasks, seeds, scales, configurations"),
  )
    .option("--budget <time>", "start no run that would end later than this: 90m, 2h")
    .option(
      "--memory-limit <size>",
      "memory a run may take: 800MB, 4GiB (default: its part of 80 % of the machine's)",
    )
    .option("--keep-going", "go on after a run that ended without a result (the default of a sweep)", true)
    .option("--no-keep-going", "stop at the first run that ended without a result")
    .option("--dry-run", "show the plan, and do nothing", false)
    .addOption(
      new Option("--executor <name>", "who does the runs: workers of this command, or a SLURM cluster")
        .choices(EXECUTORS)
        .default("local"),
    )
    .option("--spec <id>", "slurm: what the nodes are (default: what this machine is)")
    .addOption(
      new Option("--sbatch <option>", "slurm: an option for sbatch, as --sbatch=--partition=gpu; several")
        .argParser(collect)
        .default([], "none"),
    )
    .option("--element-time <time>", "slurm: an element of an array gets runs for about this long", "10m")
    .option("--attempts <n>", "slurm: how often a run that comes back without a record is submitted", "3")
    .option("--poll <time>", "slurm: how often the queue is asked", "10s")
    .option("--no-wait", "slurm: end when everything is in the queue")
    .addHelpText("after", EXAMPLES)
    .action(async (file: string | undefined, raw: SweepRaw, command: Command) => {
      session.json = raw.json;
      const given = (name: string): boolean => command.getOptionValueSource(name) === "cli";
      const misplaced = (raw.executor === "slurm" ? OF_THIS_MACHINE : OF_CLUSTERS).filter(given);
      if (misplaced.length > 0) throw otherExecutor(raw.executor, misplaced);
      const { planCommand, sweepCommand } = await import("../sweep-cells.ts");
      if (raw.executor === "slurm") {
        const { clusterCommand } = await import("../cluster-sweep.ts");
        session.exitCode = await clusterCommand(session, file, raw, { jobsGiven: given("jobs") });
        return;
      }
      session.exitCode = raw.dryRun
        ? await planCommand(session, file, raw)
        : await sweepCommand(session, file, raw);
    });
}

const flagOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

function otherExecutor(executor: Executor, names: readonly string[]): RankbenchError {
  const flags = names.map((name) =>
    name === "wait" || name === "keepGoing" ? `--no-${flagOf(name).slice(2)}` : flagOf(name),
  );
  return new RankbenchError({
    reason: "usage",
    thing: "command line",
    problem: `an option that --executor ${executor} does not have`,
    field: "option",
    value: flags.join(", "),
    wanted:
      executor === "slurm"
        ? "options of arrays: --sbatch, --attempts, --element-time"
        : "options of this machine",
    next: executor === "slurm" ? `leave ${flags.join(", ")} out` : "add --executor slurm",
  });
}
