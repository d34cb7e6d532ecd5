// `bench data`: which data the tasks would use, getting it ahead of a run, and checking what is there.
import type { Command } from "commander";
import type { Session } from "../session.ts";

const ACTIONS = [
  {
    name: "status",
    description: "show per source which variant would be used, its size, licence and folder",
    argument: "[tasks...]",
  },
  { name: "pull", description: "download what is not here yet, with checksums", argument: "[tasks...]" },
  { name: "verify", description: "hash every file again and compare", argument: "[tasks...]" },
] as const;

export function defineData(program: Command, session: Session): void {
  const data = program.command("data").description("status, download and check of the tasks' data");
  for (const action of ACTIONS) {
    data
      .command(action.name)
      .description(action.description)
      .argument(action.argument, "tasks; all of them when left out")
      .option("--json", "print one JSON document", false)
      .action(async (tasks: readonly string[], options: { readonly json: boolean }) => {
        session.json = options.json;
        const commands = await import("../data-commands.ts");
        const run = { status: commands.dataStatus, pull: commands.dataPull, verify: commands.dataVerify }[
          action.name
        ];
        await run(session, tasks);
      });
  }
}
