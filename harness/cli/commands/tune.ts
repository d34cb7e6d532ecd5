// `bench tune`: a random search for a method's configuration, on the validation split alone.
import { type Command, Option } from "commander";
import { collect, parseDuration, parseEngine, parseInteger, parseList, parseScale } from "../parse.ts";
import type { Session } from "../session.ts";

interface Options {
  readonly task: readonly string[];
  readonly trials: string;
  readonly trialSeeds: string;
  readonly scale: string;
  readonly engine: string;
  readonly threads: string;
  readonly timeout?: string;
  readonly jobs: string;
  readonly dryRun: boolean;
  readonly json: boolean;
}

export function defineTune(program: Command, session: Session): void {
  program
    .command("tune")
    .description(
      "search a method's configuration at random on the validation split, and keep the best with its evidence",
    )
    .argument("<methods...>", "ids of methods; all get the same number of trials and the same budget")
    .addOption(
      new Option("-t, --task <ids>", "task, or several joined by commas")
        .argParser(collect)
        .default([], "required"),
    )
    .option("--trials <n>", "configurations that are tried, the method's own among them", "8")
    .option("--trial-seeds <n>", "seeds of each trial; they belong to searches and are never reported", "1")
    .option("--scale <scale>", "scale of the trials", "small")
    .option("--engine <name>", "engine of the trials", "onnx")
    .option("--threads <n>", "threads inside one operation", "1")
    .option("--timeout <time>", "wall time a trial may take: 90s, 30m, 2h")
    .option("--jobs <n>", "trials at a time, a core each", "1")
    .option("--dry-run", "show the trials, and do nothing", false)
    .option("--json", "print one JSON document on stdout; progress goes to stderr", false)
    .addHelpText(
      "after",
      `
Examples:
  pnpm bench tune lora galore full-finetune --task glue-sst2 --trials 8
  pnpm bench --method lora --task glue-sst2 --tuned --seeds 0-4

The choice is written to methods/<id>/tuned/<task>.json with all trials and their scores; --tuned uses it. Trials are
stored as records of purpose tuning: kept, listed, never ranked. The same command goes on after an interruption.`,
    )
    .action(async (methods: readonly string[], options: Options) => {
      session.json = options.json;
      const { tuneCommand } = await import("../tune-methods.ts");
      session.exitCode = await tuneCommand(session, {
        methods: parseList(methods, "methods"),
        tasks: parseList(options.task, "--task"),
        trials: parseInteger(options.trials, "--trials", { min: 1, max: 1000 }),
        trialSeeds: parseInteger(options.trialSeeds, "--trial-seeds", { min: 1, max: 100 }),
        scale: parseScale(options.scale),
        engine: parseEngine(options.engine),
        threads: parseInteger(options.threads, "--threads", { min: 1, max: 1024 }),
        timeoutSeconds: options.timeout === undefined ? null : parseDuration(options.timeout),
        jobs: options.jobs,
        dryRun: options.dryRun,
      });
    });
}
