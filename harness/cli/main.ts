// From arguments to exit code: builds the commands, runs one, turns every error into one message and a documented code.
import { CommanderError } from "commander";
import { messageOf, RankbenchError } from "#harness/failure/error.ts";
import { exitCode } from "#harness/failure/exit-codes.ts";
import { unknownName } from "#harness/failure/suggest.ts";
import { HIDDEN, makeProgram } from "./program.ts";
import { processTerminal, Session, type Terminal } from "./session.ts";

/** Runs one command line (without `node` and the script) and returns the exit code. */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const session = new Session(terminal);
  // Known before the command line is understood: an error of it must be a document as well.
  session.json = argv.includes("--json");
  try {
    const program = makeProgram(session);
    const [first] = argv;
    const known = program.commands.map((command) => command.name()).filter((name) => !HIDDEN.includes(name));
    if (first !== undefined && !first.startsWith("-") && ![...known, "help", ...HIDDEN].includes(first)) {
      throw unknownName({
        reason: "usage",
        kind: "command",
        name: first,
        known,
        listCommand: "pnpm bench --help",
      });
    }
    await program.parseAsync([...argv], { from: "user" });
    return session.exitCode;
  } catch (error) {
    return report(error, session);
  }
}

function report(error: unknown, session: Session): number {
  const { terminal } = session;
  // Commander has printed its own message, help or version.
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    if (session.json) session.document({ error: { reason: "usage", message: error.message } });
    return exitCode("usage");
  }
  if (error instanceof RankbenchError && error.parts.reason !== "internal") {
    terminal.err(`error: ${error.message}\n`);
    if (session.json) session.document({ error: { reason: error.parts.reason, message: error.message } });
    return error.exitCode;
  }
  const message = messageOf(error);
  terminal.err(`internal error: ${message}\n`);
  if (terminal.env.RANKBENCH_DEBUG === "1" && error instanceof Error) terminal.err(`${error.stack ?? ""}\n`);
  terminal.err(
    "  This is a defect of Rankbench: please report it, with the output under RANKBENCH_DEBUG=1.\n",
  );
  if (session.json) session.document({ error: { reason: "internal", message } });
  return exitCode("internal");
}
