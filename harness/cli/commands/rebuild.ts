// `bench rebuild`: the database from the result files, which are the truth.
import type { Command } from "commander";
import type { Session } from "../session.ts";

export function defineRebuild(program: Command, session: Session): void {
  program
    .command("rebuild")
    .description("make the database anew from the result files")
    .option("--json", "print one JSON document", false)
    .action(async (options: { readonly json: boolean }) => {
      session.json = options.json;
      const { rebuildDatabase } = await import("../rebuild-database.ts");
      await rebuildDatabase(session);
    });
}
