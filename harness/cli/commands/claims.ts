// `bench claims`: what papers say about their methods, judged by stored runs.
import type { Command } from "commander";
import type { Session } from "../session.ts";

export function defineClaims(program: Command, session: Session): void {
  program
    .command("claims")
    .description("judge the papers' statements by stored runs: holds, does not hold, cannot tell")
    .argument("[methods...]", "ids of methods; all of them when left out")
    .option("--run", "do the runs that a verdict lacks first", false)
    .option("--json", "print one JSON document", false)
    .addHelpText(
      "after",
      `
Examples:
  pnpm bench claims galore
  pnpm bench claims galore --run

A verdict on quality rests on at least three seeds that both arms share; counts and bytes need one. A statement that does
not hold is an answer: the exit code is 0.`,
    )
    .action(
      async (methods: readonly string[], options: { readonly run: boolean; readonly json: boolean }) => {
        session.json = options.json;
        const { judgeClaims } = await import("../judge-claims.ts");
        session.exitCode = await judgeClaims(session, { methods, run: options.run });
      },
    );
}
