// `pnpm docs:transcript NAME -- COMMAND...`: runs a command, shows what it prints and keeps it in docs/transcripts/NAME.txt.
// The README's examples are made of these files, so that it never shows what no run printed.
import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, release, totalmem, type } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "../root.ts";
import { writeTranscript } from "./transcript-file.ts";

/** Without the separator at its end: output may name the folder itself. */
const CHECKOUT = ROOT.replace(/\/$/, "");
const GIB = 1024 ** 3;

function machine(): string {
  const [first, ...others] = cpus();
  const memory = Math.round(totalmem() / GIB);
  return `${first?.model.trim() ?? "unknown processor"}, ${others.length + 1} cores, ${memory} GiB, ${type()} ${release().split("-")[0]}, Node ${process.version.slice(1)}`;
}

/** Runs `command` without a terminal and gives its output in the order of arrival. */
function capture(command: readonly string[]): Promise<{ output: string; exitCode: number }> {
  const [file, ...args] = command;
  if (file === undefined) throw new Error("no command given");
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: CHECKOUT,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    });
    const chunks: string[] = [];
    for (const [source, sink] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      source.setEncoding("utf8").on("data", (text: string) => {
        chunks.push(text);
        sink.write(text);
      });
    }
    child.once("error", reject);
    child.once("close", (code) => resolve({ output: chunks.join(""), exitCode: code ?? 1 }));
  });
}

const [name, ...rest] = process.argv.slice(2);
const command = rest[0] === "--" ? rest.slice(1) : rest;
if (name === undefined || !/^[a-z0-9-]+$/.test(name) || command.length === 0) {
  console.error("usage: pnpm docs:transcript NAME -- COMMAND...   (NAME: lower-case words joined by '-')");
  process.exit(2);
}
const started = new Date();
const { output, exitCode } = await capture(command);
const text = writeTranscript({
  command: command.join(" "),
  date: started.toISOString().slice(0, 10),
  machine: machine(),
  seconds: Math.round((Date.now() - started.getTime()) / 1000),
  exitCode,
  output: output.replaceAll(CHECKOUT, ".").replaceAll(`${dirname(CHECKOUT)}/`, "../"),
});
const folder = join(ROOT, "docs", "transcripts");
await mkdir(folder, { recursive: true });
await writeFile(join(folder, `${name}.txt`), text);
console.error(`kept in docs/transcripts/${name}.txt; now: pnpm docs:readme`);
process.exitCode = exitCode;
