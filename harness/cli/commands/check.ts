// `bench check`: holds methods to the contract, from their configuration to a smoke run.
import type { Command } from "commander";
import type { Session } from "../session.ts";

interface Options {
  readonly all: boolean;
  readonly deep: boolean;
  readonly smoke: boolean;
  readonly json: boolean;
}

export function defineCheck(program: Command, session: Session): void {
  program
    .command("check")
    .description(
      "check methods against the contract: configuration, costs, gradients, frozen bits, merge, leaks, smoke runs",
    )
    .argument("[methods...]", "ids of methods")
    .option("--all", "every registered method", false)
    .option("--deep", "smoke runs on one task of every family, not of the quickest one alone", false)
    .option("--no-smoke", "leave the smoke runs out")
    .option("--json", "print one JSON document", false)
    .addHelpText(
      "after",
      `
Examples:
  pnpm bench check lora
  pnpm bench check --all --no-smoke

The exit code is 9 when a check fails. Every failure names its numbers and the next step.`,
    )
    .action(async (methods: readonly string[], options: Options) => {
      session.json = options.json;
      const { checkMethods } = await import("../check-methods.ts");
      session.exitCode = await checkMethods(session, {
        methods,
        all: options.all,
        smoke: !options.smoke ? "none" : options.deep ? "deep" : "quick",
      });
    });
}
