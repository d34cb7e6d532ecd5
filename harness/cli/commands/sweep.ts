// `bench sweep`: does the runs of a sweep that are not there yet.
import type { Command } from "commander";
import type { Session } from "../session.ts";
import { addSweepOptions, type RawSweep } from "../sweep-options.ts";

const EXAMPLES = `
Examples:
  pnpm bench sweep results/sweeps/first-board.yaml --budget 2h
  pnpm bench sweep --method lora,galore --task 'glue-*' --seeds 0-2 --jobs 2
  pnpm bench sweep results/sweeps/first-board.yaml --retry failed

What is done stays. Runs that are missing or stale are done, failed ones with --retry failed; the same command goes on
after anything: Ctrl-C, kill, a restart of the machine. With --jobs 1 every run has the machine to itself. With more,
each worker keeps to a core of its own; their training times say contended and are not ranked, but while one measures
latency the others stand still. The exit code is 8 when a run ended without a result, 0 also when the budget was spent.`;

export interface SweepRaw extends RawSweep {
  readonly dryRun: boolean;
  readonly keepGoing: boolean;
  readonly budget?: string;
  readonly memoryLimit?: string;
}

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
    .addHelpText("after", EXAMPLES)
    .action(async (file: string | undefined, raw: SweepRaw) => {
      session.json = raw.json;
      const { planCommand, sweepCommand } = await import("../sweep-cells.ts");
      session.exitCode = raw.dryRun
        ? await planCommand(session, file, raw)
        : await sweepCommand(session, file, raw);
    });
}
