// `bench completion`: a script for bash, zsh or fish that asks `bench complete` what may follow.
import { Argument, type Command } from "commander";
import type { Session } from "../session.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

const HELP = `
Install (once):
  bash   pnpm -s bench completion bash >> ~/.bashrc
  zsh    pnpm -s bench completion zsh  >> ~/.zshrc
  fish   pnpm -s bench completion fish > ~/.config/fish/completions/bench.fish

The script also defines \`bench\` as a short name for this checkout's command.`;

export function defineCompletion(program: Command, session: Session): void {
  program
    .command("completion")
    .description("print a shell script that completes commands, options, methods, tasks and runs")
    .addArgument(new Argument("<shell>", "which shell").choices(SHELLS))
    .addHelpText("after", HELP)
    .action(async (shell: (typeof SHELLS)[number]) => {
      const { completionScript } = await import("../completion-script.ts");
      session.terminal.out(completionScript(shell));
    });
}
