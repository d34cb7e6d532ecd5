// `bench compare`: runs or methods side by side.
import type { Command } from "commander";
import { parseEngine, parseScale } from "../parse.ts";
import type { Session } from "../session.ts";

interface Options {
  readonly task?: string;
  readonly scale: string;
  readonly engine: string;
  readonly json: boolean;
}

export function defineCompare(program: Command, session: Session): void {
  program
    .command("compare")
    .description(
      "compare runs, or methods on a task: configuration, quality with paired intervals, cost ratios",
    )
    .argument("<names...>", "ids of runs, or methods; the first one is what the others are compared with")
    .option("-t, --task <id>", "the task on which methods are compared")
    .option("--scale <scale>", "the scale at which methods are compared", "small")
    .option("--engine <name>", "the engine on which methods are compared", "onnx")
    .option("--json", "print one JSON document, with the curves", false)
    .addHelpText(
      "after",
      `
Examples:
  pnpm bench compare 3f2a9c 81bd02
  pnpm bench compare full-finetune lora galore --task glue-sst2

Two runs are compared over their test items: what these very models would do on other items. Methods are compared over
the seeds that they share. No winner is named where the interval of the difference holds zero.`,
    )
    .action(async (names: readonly string[], options: Options) => {
      session.json = options.json;
      const { compareCommand } = await import("../compare-runs.ts");
      await compareCommand(session, {
        names,
        task: options.task ?? null,
        scale: parseScale(options.scale),
        engine: parseEngine(options.engine),
      });
    });
}
