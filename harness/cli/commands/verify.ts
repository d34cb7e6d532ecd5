// `bench verify`: repeats stored runs and tells whether they give the same bits.
import type { Command } from "commander";
import { parseDuration, parseInteger } from "../parse.ts";
import type { Session } from "../session.ts";

interface Options {
  readonly sample?: string;
  readonly seed: string;
  readonly timeout?: string;
  readonly json: boolean;
}

const MAX_SAMPLE = 100_000;

export function defineVerify(program: Command, session: Session): void {
  program
    .command("verify")
    .description("repeat stored runs, and compare weights, predictions, metrics and curves bit for bit")
    .argument("[runs...]", "ids of runs, or their first digits")
    .option(
      "--sample <n>",
      "so many runs with a result, drawn at random from those that this checkout can repeat",
    )
    .option("--seed <n>", "seed of the draw", "0")
    .option("--timeout <time>", "wall time a run may take: 90s, 30m, 2h")
    .option("--json", "print one JSON document", false)
    .addHelpText(
      "after",
      `
Examples:
  pnpm bench verify 3f2a9c
  pnpm bench verify --sample 20

Nothing is stored. Times and the process's own memory are not compared: they are observed and not computed. A run that
deviates is shown with its deviation in units of the spread over seeds, and with the parts of the environment that
differ. The exit code is 0 when all are bit-equal, 10 when one is not.`,
    )
    .action(async (ids: readonly string[], options: Options) => {
      session.json = options.json;
      const { verifyCommand } = await import("../verify-runs.ts");
      session.exitCode = await verifyCommand(session, {
        ids,
        sample:
          options.sample === undefined
            ? null
            : parseInteger(options.sample, "--sample", { min: 1, max: MAX_SAMPLE }),
        seed: parseInteger(options.seed, "--seed", { min: 0, max: Number.MAX_SAFE_INTEGER }),
        timeoutSeconds: options.timeout === undefined ? null : parseDuration(options.timeout),
      });
    });
}
