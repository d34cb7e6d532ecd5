// `bench show`: everything that a record holds, for people or as the record itself.
import type { Command } from "commander";
import type { Session } from "../session.ts";

export function defineShow(program: Command, session: Session): void {
  program
    .command("show")
    .description("show one run: identity, outcome, metrics, phases, environment, data, files")
    .argument("<run>", "a run's id or the beginning of it")
    .option("--json", "print the record as one JSON document", false)
    .addHelpText("after", "\nExample:\n  pnpm bench show 3f2a9c")
    .action(async (run: string, options: { readonly json: boolean }) => {
      session.json = options.json;
      const { showRun } = await import("../show-run.ts");
      await showRun(session, run);
    });
}
