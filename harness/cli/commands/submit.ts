// `bench submit`: judges a method with its records, or an entry of a configuration, and makes the pull request of it.
import type { Command } from "commander";
import type { Session } from "../session.ts";

interface Options {
  readonly base?: string;
  readonly dryRun: boolean;
  readonly open: boolean;
  readonly smoke: boolean;
  readonly json: boolean;
}

export function defineSubmit(program: Command, session: Session): void {
  program
    .command("submit")
    .description(
      "check a method and its records against the rules of submissions, and make the pull request of them",
    )
    .argument("<method>", "id of a method, or the path of an entry: configs/<method>/<name>.yaml")
    .option(
      "--base <branch>",
      "what the submission starts from (default: the main branch of upstream or origin)",
    )
    .option("--dry-run", "judge, and write nothing", false)
    .option("--no-open", "make the branch and the text, and open no pull request even where gh is there")
    .option("--no-smoke", "leave the smoke run of the conformance checks out")
    .option("--json", "print one JSON document", false)
    .addHelpText(
      "after",
      `
Examples:
  pnpm bench submit my-method
  pnpm bench submit configs/lora/rank-16.yaml

Changes outside the method's folder and its records are refused; records of other methods are left out. The commit is
made on a branch submit/<name> without touching the working tree, and packed in .rankbench/submissions/<name>/ with the
text of the pull request. Nothing is sent anywhere unless GitHub's gh is installed. The exit code is 11 when a rule is
broken (docs/rules.md).`,
    )
    .action(async (what: string, options: Options) => {
      session.json = options.json;
      const { submit } = await import("../submit-method.ts");
      session.exitCode = await submit(session, {
        what,
        base: options.base,
        dryRun: options.dryRun,
        open: options.open,
        smoke: options.smoke,
      });
    });
}
