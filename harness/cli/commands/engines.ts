// `bench engines`: which engines work on this machine, and why the others do not.
import type { Command } from "commander";
import type { Session } from "../session.ts";

export function defineEngines(program: Command, session: Session): void {
  program
    .command("engines")
    .description("try every engine on this machine, and say why the others do not work")
    .option("--json", "print one JSON document", false)
    .action(async (options: { readonly json: boolean }) => {
      session.json = options.json;
      const { listEngines } = await import("../list-engines.ts");
      await listEngines(session);
    });
}
