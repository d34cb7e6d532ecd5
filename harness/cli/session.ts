// One invocation of `bench`: where output goes, whether it is for people or for programs, and the exit code so far.
// With --json, stdout gets exactly one JSON document, and everything for people goes to stderr.
import { exitCode } from "#harness/failure/exit-codes.ts";
import { type Styles, stylesFor } from "./colour.ts";

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Columns of the terminal; 100 when the output is not one. */
  readonly columns: number;
  readonly outIsTty: boolean;
  readonly errIsTty: boolean;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

export class Session {
  readonly terminal: Terminal;
  /** Styles of stdout: plain when it is not a terminal or NO_COLOR is set. */
  readonly styles: Styles;
  json = false;
  exitCode = 0;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
    this.styles = stylesFor(terminal.outIsTty, terminal.env);
  }

  /** A line for people: stdout, or stderr with --json. */
  say(line = ""): void {
    if (this.json) this.terminal.err(`${line}\n`);
    else this.terminal.out(`${line}\n`);
  }

  /** A line on how things go, never part of the result. */
  note(line: string): void {
    this.terminal.err(`${line}\n`);
  }

  /** The one JSON document of --json. */
  document(value: unknown): void {
    this.terminal.out(`${JSON.stringify(value, null, 2)}\n`);
  }
}

/** The real terminal of this process; to be asked for once. */
export function processTerminal(): Terminal {
  // `bench list runs | head` closes the pipe early: that is the reader's wish and no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) =>
    process.exit(error.code === "EPIPE" ? 0 : exitCode("storage")),
  );
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    columns: process.stdout.columns ?? 100,
    outIsTty: process.stdout.isTTY === true,
    errIsTty: process.stderr.isTTY === true,
    env: process.env,
  };
}
