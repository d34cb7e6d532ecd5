// What a record says of the code that made it: a hash over the sources of a method or a task, and whether a stored run
// is still what the checkout would make. Comments, blank lines and indentation do not count; tests are no part of it.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/** Whole-line comments, block comments that stand on lines of their own, blank lines and indentation taken out. */
function significantText(source: string): string {
  const kept: string[] = [];
  let inBlock = false;
  for (const raw of source.split(/\r?\n/)) {
    const line = raw.trim();
    if (inBlock) {
      inBlock = !line.endsWith("*/");
      continue;
    }
    if (line === "" || line.startsWith("//")) continue;
    if (line.startsWith("/*")) {
      // A block that ends in the middle of a line has code behind it, which counts.
      const end = line.indexOf("*/");
      if (end === -1) inBlock = true;
      else if (end < line.length - 2) kept.push(line.slice(end + 2).trim());
      continue;
    }
    kept.push(line);
  }
  return kept.join("\n");
}

const IMPORTED = /(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g;

/** Files that `file` imports and that lie below `folder`, found by relative paths and by `aliases` (`#tasks/` -> folder). */
function importsOf(file: string, text: string, aliases: Readonly<Record<string, string>>): string[] {
  return [...text.matchAll(IMPORTED)].flatMap(([, specifier = ""]) => {
    if (specifier.startsWith(".")) return [join(dirname(file), specifier)];
    const alias = Object.keys(aliases).find((prefix) => specifier.startsWith(prefix));
    return alias === undefined ? [] : [join(aliases[alias] ?? "", specifier.slice(alias.length))];
  });
}

/**
 * SHA-256 over `entries` and everything they import that lies below `folder`: by path below it, each with its significant
 * text. `aliases` are import prefixes that stand for a folder.
 */
export function hashSources(
  entries: readonly string[],
  folder: string,
  aliases: Readonly<Record<string, string>> = {},
): string {
  const texts = new Map<string, string>();
  const todo = [...entries];
  for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
    const name = relative(folder, file);
    if (texts.has(name) || name.startsWith("..") || !existsSync(file)) continue;
    const text = readFileSync(file, "utf8");
    texts.set(name, significantText(text));
    todo.push(...importsOf(file, text, aliases));
  }
  const hash = createHash("sha256");
  for (const name of [...texts.keys()].sort()) {
    hash.update(`${name.split(sep).join("/")}\0${texts.get(name) ?? ""}\0`);
  }
  return hash.digest("hex");
}

/** What a stored run says of the code that made it; null where its record is older than that. */
export interface MadeBy {
  readonly protocol: number;
  readonly taskVersion: number;
  readonly methodCode: string | null;
  readonly taskCode: string | null;
}

/** The same for this checkout; null for what it does not have. */
export interface CurrentCode {
  readonly protocol: number;
  readonly taskVersion: number | null;
  readonly methodCode: string | null;
  readonly taskCode: string | null;
}

const STALE_REASONS = ["protocol", "task-version", "task-code", "method-code"] as const;
export type StaleReason = (typeof STALE_REASONS)[number];

/** Why a run is not what the checkout would make now; empty when nothing says so. What is not known is no reason. */
export function staleReasons(run: MadeBy, current: CurrentCode): StaleReason[] {
  const differs = <T>(made: T | null, now: T | null): boolean =>
    made !== null && now !== null && made !== now;
  const found: Readonly<Record<StaleReason, boolean>> = {
    protocol: run.protocol !== current.protocol,
    "task-version": differs(run.taskVersion, current.taskVersion),
    "task-code": differs(run.taskCode, current.taskCode),
    "method-code": differs(run.methodCode, current.methodCode),
  };
  return STALE_REASONS.filter((reason) => found[reason]);
}
