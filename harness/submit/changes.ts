// What a submission changes, asked of git: paths, kinds of files and sizes, and the bytes of a file. Nothing that a
// submission brings is executed or checked out here.
import { spawnSync } from "node:child_process";
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RankbenchError } from "#harness/failure/error.ts";

/** One path that differs from the base. */
export interface Change {
  readonly path: string;
  readonly state: "added" | "modified" | "deleted";
  readonly kind: "file" | "executable" | "link" | "module";
  readonly bytes: number;
}

/** A submission: what it changes against a base, and its files. */
export interface Submission {
  /** Commit that it starts from. */
  readonly base: string;
  readonly changes: readonly Change[];
  /** Bytes of a changed file as the submission has it. */
  read(path: string): Buffer;
  /** Paths of the base below a folder. */
  baseFiles(folder: string): readonly string[];
}

const LARGEST_OUTPUT = 256 * 2 ** 20;

/** Output of git in `root`; a failure is a `usage` error that quotes git's own words. */
export function git(
  root: string,
  words: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {},
): Buffer {
  // Paths are data: no pager, no hook, no filter of the checkout may run on them.
  const { status, stdout, stderr, error } = spawnSync("git", ["-C", root, ...words], {
    maxBuffer: LARGEST_OUTPUT,
    env: { ...process.env, GIT_LITERAL_PATHSPECS: "1", ...options.env },
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  if (status === 0) return stdout;
  const said = error?.message ?? stderr.toString("utf8").trim();
  throw new RankbenchError({
    reason: "usage",
    thing: `git ${words.find((word) => !word.startsWith("-")) ?? ""}`,
    problem: said.split("\n")[0] || "failed",
    wanted: "a clone of the repository, with the history of its main branch",
    next: "work in a clone, and name the branch it starts from with --base",
  });
}

const text = (bytes: Buffer): string => bytes.toString("utf8");
const parts = (bytes: Buffer): string[] => text(bytes).split("\0").slice(0, -1);

/** The commit of a name, or undefined. */
export function commitOf(root: string, name: string): string | undefined {
  try {
    return text(
      git(root, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`]),
    ).trim();
  } catch {
    return undefined;
  }
}

/** Where a submission starts: the common ancestor of `head` and the named branch, or of the first usual one that is there. */
function baseOf(root: string, head: string, named?: string): string {
  const names = named === undefined ? ["upstream/main", "origin/main", "main", "HEAD"] : [named];
  const found = names.find((name) => commitOf(root, name) !== undefined);
  if (found === undefined) {
    throw new RankbenchError({
      reason: "usage",
      thing: "submission",
      problem: "the branch that it starts from is not known here",
      field: "--base",
      value: named ?? names.join(", "),
      wanted: "a branch or commit of this repository",
      next: "git fetch the main branch, then name it with --base",
    });
  }
  return text(git(root, ["merge-base", found, head])).trim();
}

/** Whether git sees a path as new: in no commit and not staged; false outside a checkout of git. */
export function isUntracked(root: string, path: string): boolean {
  try {
    return git(root, ["ls-files", "--others", "--exclude-standard", "--", path]).length > 0;
  } catch {
    return false;
  }
}

const KINDS: Readonly<Record<string, Change["kind"]>> = {
  "100644": "file",
  "100755": "executable",
  "120000": "link",
  "160000": "module",
};
const STATES: Readonly<Record<string, Change["state"]>> = {
  A: "added",
  M: "modified",
  D: "deleted",
  T: "modified",
};

interface Raw {
  readonly path: string;
  readonly state: Change["state"];
  readonly mode: string;
  readonly object: string;
}

/** Reads `git diff --raw -z`: `:mode mode object object STATE`, then the path, each ended by a zero byte. */
function parseRaw(output: Buffer): Raw[] {
  const fields = parts(output);
  const found: Raw[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [before = "", after = "", , object = "", state = ""] = (fields[i] ?? "").slice(1).split(" ");
    const kind = STATES[state.charAt(0)] ?? "modified";
    found.push({ path: fields[i + 1] ?? "", state: kind, mode: kind === "deleted" ? before : after, object });
  }
  return found;
}

const DIFF = ["diff", "--raw", "--abbrev=40", "--no-renames", "--no-ext-diff", "-z"] as const;

const baseFilesOf = (root: string, base: string) => (folder: string) =>
  parts(git(root, ["ls-tree", "-r", "--name-only", "-z", base, "--", folder]));

/** What commit `head` changes against where it left `named`: its files are read as objects and never checked out. */
export function submissionOfCommit(root: string, head: string, named?: string): Submission {
  const base = baseOf(root, head, named);
  const raw = parseRaw(git(root, [...DIFF, base, head]));
  const sizes = text(
    git(root, ["cat-file", "--batch-check=%(objectsize)"], {
      input: raw.map(({ object, state }) => `${state === "deleted" ? base : object}\n`).join(""),
    }),
  ).split("\n");
  return {
    base,
    changes: raw.map(({ path, state, mode }, i) => ({
      path,
      state,
      kind: KINDS[mode] ?? "module",
      bytes: state === "deleted" ? 0 : Number(sizes[i] ?? 0) || 0,
    })),
    read: (path) => git(root, ["cat-file", "blob", `${head}:${path}`]),
    baseFiles: baseFilesOf(root, base),
  };
}

function kindOnDisk(path: string): Pick<Change, "kind" | "bytes"> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return { kind: "file", bytes: 0 };
  if (stat.isSymbolicLink()) return { kind: "link", bytes: stat.size };
  return { kind: (stat.mode & 0o111) === 0 ? "file" : "executable", bytes: stat.size };
}

/** What the working tree changes: commits since it left `named`, and everything that is not committed yet. */
export function submissionOfTree(root: string, named?: string): Submission {
  const base = baseOf(root, "HEAD", named);
  const raw = parseRaw(git(root, [...DIFF, base]));
  const fresh = parts(git(root, ["ls-files", "-z", "--others", "--exclude-standard"]));
  const states = new Map<string, Change["state"]>(raw.map(({ path, state }) => [path, state]));
  for (const path of fresh) states.set(path, "added");
  return {
    base,
    changes: [...states].map(([path, state]) => ({
      path,
      state,
      ...(state === "deleted" ? { kind: "file" as const, bytes: 0 } : kindOnDisk(join(root, path))),
    })),
    read: (path) => readFileSync(join(root, path)),
    baseFiles: baseFilesOf(root, base),
  };
}
