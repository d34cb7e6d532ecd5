// `bench complete` (hidden): what may stand as the last of the given words, one candidate a line.
import type { Command } from "commander";
import type { Session } from "../session.ts";

export function defineComplete(program: Command, session: Session): void {
  program
    .command("complete", { hidden: true })
    .argument("[words...]", "words after `bench`; the last one is being typed, and may be empty")
    .allowUnknownOption()
    .helpOption(false)
    .action(async (words: readonly string[]) => {
      const { candidates } = await import("../complete.ts");
      // Completion must never disturb typing: whatever goes wrong, there are just no candidates.
      const found = await candidates(program, words).catch(() => []);
      session.terminal.out(found.map((word) => `${word}\n`).join(""));
    });
}
