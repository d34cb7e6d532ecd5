// `bench stability`: the same methods measured twice.
import type { Command } from "commander";
import type { Session } from "../session.ts";

export function defineStability(program: Command, session: Session): void {
  program
    .command("stability")
    .description(
      "compare two measurements of the same methods: deviations, rank correlation, ranks that changed",
    )
    .argument("<first>", "a folder with results/runs, or protocol:N, spec:ID, engine:NAME")
    .argument("<other>", "the same")
    .option("--json", "print one JSON document", false)
    .addHelpText(
      "after",
      `
Examples:
  pnpm bench stability protocol:1 protocol:2
  pnpm bench stability spec:cpu-2core spec:local-1f0c2a77
  pnpm bench stability . ../other-checkout

Runs are matched by task, scale, method and configuration; seeds that both sides have are paired.`,
    )
    .action(async (first: string, other: string, options: { readonly json: boolean }) => {
      session.json = options.json;
      const { stabilityCommand } = await import("../measure-stability.ts");
      await stabilityCommand(session, first, other);
    });
}
