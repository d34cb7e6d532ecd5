// Every command that a document shows exists: its script, its subcommand, its options. Whether it works is the end-to-end
// test's matter (command-blocks.e2e.ts).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { makeProgram } from "#harness/cli/program.ts";
import { processTerminal, Session } from "#harness/cli/session.ts";
import { ROOT } from "../root.ts";
import { callOf, commandBlocks, wordsOf } from "./command-blocks.ts";
import { documents } from "./documents.ts";

const BLOCKS = (await documents()).flatMap(({ file, text }) => commandBlocks(file, text));
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};
/** What pnpm itself knows. */
const OWN = ["install", "exec", "rebuild", "store"];
const program = makeProgram(new Session(processTerminal()));

/** Options of a `bench` command line that no such command has. */
function unknownOptions(words: readonly string[]): string[] {
  let command: Command = program;
  for (const word of words) {
    const next = command.commands.find((each) => each.name() === word);
    if (next === undefined) break;
    command = next;
  }
  const run = program.commands.find((each) => each.name() === "run");
  const target = command === program ? (run ?? program) : command;
  const known = target.options.flatMap(({ long, short }) => [long, short]);
  return words
    .filter((word) => /^-{1,2}[a-z]/.test(word))
    .map((word) => word.replace(/=.*$/, ""))
    .filter((word) => !["--help", "-h", ...known].includes(word));
}

describe("command blocks of documents", () => {
  it("call scripts and commands that exist, with options that they have", () => {
    expect(BLOCKS.length).toBeGreaterThan(8);
    const wrong = BLOCKS.flatMap(({ file, line, commands }) =>
      commands.flatMap((command) => {
        const call = callOf(command);
        if (call.kind === "other") return [];
        const known = [...Object.keys(scripts), ...OWN].includes(call.script);
        const options = call.script === "bench" ? unknownOptions(call.words) : [];
        return known && options.length === 0 ? [] : [`${file}:${line}: ${command} (${options.join(", ")})`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it("run in CI, which takes bench alone, or say why not", () => {
    const unfit = BLOCKS.filter(({ notRun }) => notRun === null).flatMap(({ file, line, commands }) =>
      commands.flatMap((command) => {
        const call = callOf(command);
        return call.kind === "script" && call.script === "bench" ? [] : [`${file}:${line}: ${command}`];
      }),
    );
    expect(unfit).toEqual([]);
  });
});

describe("a command block", () => {
  const text = [
    "# t",
    '```sh not-run="takes an hour"',
    "pnpm bench --method a \\",
    "  --task b   # a comment",
    "",
    "# only a comment",
    "```",
    "```text",
    "pnpm nothing",
    "```",
    "```sh",
    "X=1 npx -y pnpm@10 bench list methods",
    "```",
  ];

  it("is read with its reason, continued lines joined and comments taken out", () => {
    expect(commandBlocks("a.md", text.join("\n"))).toEqual([
      { file: "a.md", line: 2, notRun: "takes an hour", commands: ["pnpm bench --method a --task b"] },
      { file: "a.md", line: 11, notRun: null, commands: ["X=1 npx -y pnpm@10 bench list methods"] },
    ]);
    expect(callOf("X=1 npx -y pnpm@10 bench list methods")).toEqual({
      kind: "script",
      script: "bench",
      words: ["list", "methods"],
    });
    expect(callOf("git push")).toEqual({ kind: "other", program: "git" });
    expect(wordsOf(`a 'b c' "d e" f`)).toEqual(["a", "b c", "d e", "f"]);
  });

  it("is refused where its attribute is no reason, or it is never closed", () => {
    expect(() => commandBlocks("a.md", "```sh skip\nx\n```")).toThrow(/a\.md:1: wanted after the language/);
    expect(() => commandBlocks("a.md", '```sh not-run="no"\nx\n```')).toThrow(/a\.md:1/);
    expect(() => commandBlocks("a.md", "```sh\nx")).toThrow(/a\.md:1: the block is never closed/);
  });

  it("that names an option which no command has is found", () => {
    expect(unknownOptions(["--method", "lora", "--tusk", "x"])).toEqual(["--tusk"]);
    expect(unknownOptions(["submit", "lora", "--dry-run"])).toEqual([]);
  });
});
