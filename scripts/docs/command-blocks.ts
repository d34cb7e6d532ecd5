// The command blocks of documents: fences whose language is `sh`. A block runs in CI, or its fence says why not:
// ```sh not-run="why". Reads texts, runs nothing.

export interface CommandBlock {
  readonly file: string;
  /** Line of the fence, 1-based. */
  readonly line: number;
  /** Why it is not run; null for a block that is. */
  readonly notRun: string | null;
  /** One a command: continued lines are joined, comments and empty lines left out. */
  readonly commands: readonly string[];
}

const FENCE = /^(`{3,})(\w*)(.*)$/;
const NOT_RUN = /^ not-run="([^"]{10,})"$/;

function commandsOf(lines: readonly string[]): string[] {
  return lines
    .join("\n")
    .replaceAll(/\s*\\\n\s*/g, " ")
    .split("\n")
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** The blocks of a document. An attribute that is no reason is an error with its place. */
export function commandBlocks(file: string, text: string): CommandBlock[] {
  const lines = text.split("\n");
  const found: CommandBlock[] = [];
  for (let i = 0; i < lines.length; i++) {
    const [, mark, language, attribute = ""] = FENCE.exec(lines[i] ?? "") ?? [];
    if (mark === undefined) continue;
    const end = lines.indexOf(mark, i + 1);
    if (end === -1) throw new Error(`${file}:${i + 1}: the block is never closed`);
    if (language === "sh" || language === "bash") {
      const notRun = NOT_RUN.exec(attribute)?.[1] ?? null;
      if (attribute !== "" && notRun === null)
        throw new Error(`${file}:${i + 1}: wanted after the language: not-run="a reason"; got${attribute}`);
      found.push({ file, line: i + 1, notRun, commands: commandsOf(lines.slice(i + 1, end)) });
    }
    i = end;
  }
  return found;
}

/** The words of a simple command; quotes are taken off. */
export const wordsOf = (command: string): string[] =>
  [...command.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");

/** What a command calls: a script of package.json with its words, or another program. */
export type Call =
  | { readonly kind: "script"; readonly script: string; readonly words: readonly string[] }
  | { readonly kind: "other"; readonly program: string };

/** `pnpm X ...` and `npx -y pnpm@10 X ...` call scripts; variables set before them are passed over. */
export function callOf(command: string): Call {
  const words = wordsOf(command);
  while (/^[A-Z_][A-Z0-9_]*=/.test(words[0] ?? "")) words.shift();
  const npx = words[0] === "npx" && words[1] === "-y" && /^pnpm@\d+$/.test(words[2] ?? "");
  const [script = "", ...rest] = npx ? words.slice(3) : words[0] === "pnpm" ? words.slice(1) : [];
  return script === "" ? { kind: "other", program: words[0] ?? "" } : { kind: "script", script, words: rest };
}
