// `bench new`: the folder of a new method, complete but for the method.
import { type Command, Option } from "commander";
import { METHOD_KINDS } from "#harness/method/contract.ts";
import type { Session } from "../session.ts";

export function defineNew(program: Command, session: Session): void {
  program
    .command("new")
    .description(
      "write the folder of a new method: source, test, README, claims; its test says the next step",
    )
    .argument("<id>", "id of the method: lower-case words joined by '-'")
    .addOption(new Option("--kind <kind>", `what it is: ${METHOD_KINDS.join(", ")}`).default("adapter"))
    .option("--json", "print one JSON document", false)
    .addHelpText("after", "\nExample:\n  pnpm bench new my-method --kind adapter")
    .action(async (id: string, options: { readonly kind: string; readonly json: boolean }) => {
      session.json = options.json;
      const { newMethod } = await import("../new-method.ts");
      await newMethod(session, id, options.kind);
    });
}
