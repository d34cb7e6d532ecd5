// The files of docs/transcripts: what a command really printed, with when and where. Reads and writes their text only.

/** One command as it was run. */
export interface Transcript {
  /** As a reader would type it. */
  readonly command: string;
  /** Day, `2026-11-25`. */
  readonly date: string;
  /** Processor, cores, memory, system and Node version. */
  readonly machine: string;
  readonly seconds: number;
  readonly exitCode: number;
  /** What it printed, both channels in the order of arrival, the project's folder written as `.`. */
  readonly output: string;
}

const RULE = "-----";

export function writeTranscript(transcript: Transcript): string {
  const { command, date, machine, seconds, exitCode, output } = transcript;
  const head = [
    `command: ${command}`,
    `date: ${date}`,
    `machine: ${machine}`,
    `seconds: ${seconds}`,
    `exit code: ${exitCode}`,
  ];
  return `${head.join("\n")}\n${RULE}\n${output.replace(/\n*$/, "\n")}`;
}

/** The transcript in a file's text; a missing field is an error that names it. */
export function parseTranscript(file: string, text: string): Transcript {
  const border = text.indexOf(`\n${RULE}\n`);
  if (border === -1) throw new Error(`${file}: no line ${RULE} after the head`);
  const fields = new Map<string, string>();
  for (const line of text.slice(0, border).split("\n")) {
    const at = line.indexOf(": ");
    fields.set(line.slice(0, at), line.slice(at + 2));
  }
  const take = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined || value === "") throw new Error(`${file}: no field "${name}" in the head`);
    return value;
  };
  return {
    command: take("command"),
    date: take("date"),
    machine: take("machine"),
    seconds: Number(take("seconds")),
    exitCode: Number(take("exit code")),
    output: text.slice(border + RULE.length + 2),
  };
}

/**
 * Leaves out the middle of a long run of lines that begin alike (progress), and says how many.
 * Lines are alike when their first word is; `keep` stay at either end.
 */
export function shorten(output: string, keep = 5): string {
  const lines = output.split("\n");
  const first = (line: string) => line.trim().split(/\s+/)[0] ?? "";
  const out: string[] = [];
  for (let i = 0; i < lines.length; ) {
    let end = i + 1;
    while (
      end < lines.length &&
      first(lines[i] ?? "") !== "" &&
      first(lines[end] ?? "") === first(lines[i] ?? "")
    )
      end++;
    const run = lines.slice(i, end);
    if (run.length > 2 * keep + 1) {
      out.push(
        ...run.slice(0, keep),
        `  ... ${run.length - 2 * keep} lines like these ...`,
        ...run.slice(-keep),
      );
    } else out.push(...run);
    i = end;
  }
  return out.join("\n");
}
