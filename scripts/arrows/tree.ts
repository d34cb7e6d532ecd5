// Lists the files of the working tree that belong to the project: what git tracks or would track.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../root.ts";
import type { ArrowRules } from "./check.ts";
import { LAYERS } from "./table.ts";

/** Names that .gitignore leaves out, for a tree that came without git (an unpacked archive). */
const LEFT_OUT = /^(node_modules|\.git|\.cache|\.rankbench|dist|coverage)$|\.(log|sqlite)(-wal|-shm)?$/;

function listedByGit(root: string): string[] | undefined {
  try {
    const options = { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024, stdio: "pipe" } as const;
    return execFileSync(
      "git",
      ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
      options,
    ).split("\0");
  } catch {
    return undefined;
  }
}

function walk(root: string, folder = ""): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (LEFT_OUT.test(entry.name)) return [];
    return entry.isDirectory() ? walk(root, path) : [path];
  });
}

/** Paths below the root with `/`, sorted. Ignored and deleted files are left out; so are folders behind links. */
export function projectFiles(root: string = ROOT): string[] {
  const listed = listedByGit(root) ?? walk(root);
  const isFile = (path: string) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true;
  return [...new Set(listed)].filter((path) => path !== "" && isFile(path)).sort();
}

/** The rules as they bind in this tree. */
export function projectRules(root: string = ROOT): ArrowRules {
  const { imports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    imports: Record<string, string>;
  };
  return { layers: LAYERS, aliases: imports, exists: (path) => existsSync(join(root, path)) };
}

export const isSource = (path: string): boolean => /\.[cm]?[jt]sx?$/.test(path);
