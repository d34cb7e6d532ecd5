// `bench exit-codes`: the documented codes, from the table that the program itself uses.
import type { Command } from "commander";
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import type { Session } from "../session.ts";

export function defineExitCodes(program: Command, session: Session): void {
  program
    .command("exit-codes")
    .description("list the exit codes and what they mean")
    .option("--json", "print one JSON document", false)
    .action((options: { readonly json: boolean }) => {
      session.json = options.json;
      const rows = Object.entries(EXIT_CODES).map(([name, { code, meaning }]) => ({ code, name, meaning }));
      if (options.json) return session.document({ exitCodes: rows });
      for (const { code, name, meaning } of rows)
        session.say(`${String(code).padStart(3)}  ${name.padEnd(12)} ${meaning}`);
    });
}
