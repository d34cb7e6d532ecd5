// `bench plan`: what a sweep would do, with the time and the memory that it will take.
import type { Command } from "commander";
import type { Session } from "../session.ts";
import { addSweepOptions, type RawSweep } from "../sweep-options.ts";

const EXAMPLES = `
Examples:
  pnpm bench plan results/sweeps/first-board.yaml
  pnpm bench plan --method 'lora*,galore' --task 'glue-*' --seeds 0-4
  pnpm bench plan --method lora --task glue-sst2 --set rank=4 --set rank=8 --seeds 0-2

Nothing is started and nothing is downloaded. The same arguments to bench sweep do it.`;

export function definePlan(program: Command, session: Session): void {
  addSweepOptions(
    program
      .command("plan")
      .description(
        "show the runs of a sweep: what is done, missing, stale or failed, and what the rest will take",
      ),
  )
    .addHelpText("after", EXAMPLES)
    .action(async (file: string | undefined, raw: RawSweep) => {
      session.json = raw.json;
      const { planCommand } = await import("../sweep-cells.ts");
      session.exitCode = await planCommand(session, file, raw);
    });
}
