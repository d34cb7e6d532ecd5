// What may stand at the cursor: commands and options from the command tree, ids from folder names, runs from files.
// Nothing is loaded but names, so that a tab answers at once.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Command, Option } from "commander";
import { projectRoot } from "#harness/data/folders.ts";
import { ENGINE_NAMES } from "#harness/engine/engine.ts";
import { methodIds } from "#harness/method/registry.ts";
import { SCALES } from "#harness/record/identity.ts";
import { taskIds } from "#harness/task/registry.ts";
import { HIDDEN } from "./program.ts";

/** Candidates for the last of `words`, which may be empty. */
export async function candidates(program: Command, words: readonly string[]): Promise<string[]> {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const { command, named } = descend(program, before);
  const option = pendingOption(command, before.at(-1));
  if (option !== undefined) return matching(await valuesOf(option), typed);
  const inline = /^(--[a-z-]+)=(.*)$/.exec(typed);
  if (inline !== null) {
    const long = inline[1] ?? "";
    const target = command.options.find((candidate) => candidate.long === long);
    const values = target === undefined ? [] : await valuesOf(target);
    return matching(values, inline[2] ?? "").map((value) => `${long}=${value}`);
  }
  if (typed.startsWith("-")) {
    return matching([...command.options.map((candidate) => candidate.long ?? ""), "--help"], typed);
  }
  return matching(await argumentWords(command, named), typed);
}

/** The command that the words before the cursor lead to; without one it is the default command. */
function descend(
  program: Command,
  words: readonly string[],
): { readonly command: Command; readonly named: boolean } {
  let command = program;
  for (const word of words) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) break;
    command = next;
  }
  if (command !== program) return { command, named: true };
  const fallback = program.commands.find((candidate) => candidate.name() === "run");
  return { command: fallback ?? program, named: words.length > 0 };
}

/** The option whose value is being typed, if the word before the cursor is one that takes a value. */
function pendingOption(command: Command, word: string | undefined): Option | undefined {
  if (word === undefined) return undefined;
  return command.options.find((option) => (option.long === word || option.short === word) && option.required);
}

async function valuesOf(option: Option): Promise<readonly string[]> {
  if (option.argChoices !== undefined) return option.argChoices;
  switch (option.long) {
    case "--method":
      return methodIds();
    case "--task":
      return taskIds();
    case "--scale":
      return SCALES;
    case "--engine":
      return ENGINE_NAMES;
    default:
      return [];
  }
}

/** Words that may follow: subcommands, or the arguments of a command by its name. */
async function argumentWords(command: Command, named: boolean): Promise<readonly string[]> {
  if (!named)
    return [...(command.parent?.commands ?? []).map((sibling) => sibling.name()).filter(visible), "help"];
  if (command.commands.length > 0) return command.commands.map((sub) => sub.name());
  if (command.name() === "show") return runIds();
  if (command.name() === "completion") return command.registeredArguments[0]?.argChoices ?? [];
  if (command.parent?.name() === "data") return taskIds();
  return command.options.map((option) => option.long ?? "");
}

const visible = (name: string): boolean => !HIDDEN.includes(name);

async function runIds(): Promise<string[]> {
  const files = await readdir(join(projectRoot(), "results", "runs"), { recursive: true }).catch(() => []);
  return files.map((file) => /([0-9a-f]{16})\.json$/.exec(file)?.[1]).filter((id) => id !== undefined);
}

/** Those that start with what is typed; in a comma list, completes its last item. */
function matching(values: readonly string[], typed: string): string[] {
  const at = typed.lastIndexOf(",") + 1;
  const [done, last] = [typed.slice(0, at), typed.slice(at)];
  const used = new Set(done.split(","));
  return values.filter((value) => value.startsWith(last) && !used.has(value)).map((value) => done + value);
}
