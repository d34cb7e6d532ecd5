// A submission as a commit of its own on a branch, and as a bundle that can be handed over without network. The working
// tree and its index are not touched. Opening the pull request is left to GitHub's own program.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { RankbenchError } from "#harness/failure/error.ts";
import { storageError } from "#harness/record/file.ts";
import { git, type Submission } from "#harness/submit/changes.ts";

export interface Packed {
  readonly branch: string;
  readonly commit: string;
  /** Folder below the root, and the files in it. */
  readonly folder: string;
  readonly text: string;
  readonly bundle: string;
  readonly manifest: string;
}

const text = (bytes: Buffer): string => bytes.toString("utf8").trim();

function checkAuthor(root: string): void {
  try {
    git(root, ["var", "GIT_COMMITTER_IDENT"]);
  } catch (cause) {
    throw new RankbenchError({
      reason: "usage",
      thing: "submission",
      problem: "git does not know who makes the commit",
      wanted: "a name and an address",
      next: 'git config user.name "..." && git config user.email "..."',
      cause,
    });
  }
}

/** The commit of the base with the changed files and nothing else. */
function makeCommit(root: string, submission: Submission, title: string): string {
  const folder = mkdtempSync(join(tmpdir(), "rankbench-index-"));
  const env = { GIT_INDEX_FILE: join(folder, "index") };
  try {
    git(root, ["read-tree", submission.base], { env });
    const lines = submission.changes.map(({ path, state }) => {
      if (state === "deleted") return `0 ${"0".repeat(40)}\t${path}\0`;
      const object = text(git(root, ["hash-object", "-w", "--no-filters", "--", join(root, path)]));
      return `100644 ${object}\t${path}\0`;
    });
    git(root, ["update-index", "-z", "--index-info"], { env, input: lines.join("") });
    const tree = text(git(root, ["write-tree"], { env }));
    return text(git(root, ["commit-tree", tree, "-p", submission.base, "-m", title]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every file with its hash: what a maintainer who gets the bundle by other ways compares. */
function manifestOf(submission: Submission, name: string, commit: string): unknown {
  return {
    schema: 1,
    submission: name,
    base: submission.base,
    commit,
    files: submission.changes
      .toSorted((a, b) => (a.path < b.path ? -1 : 1))
      .map(({ path, state, bytes }) =>
        state === "deleted"
          ? { path, state }
          : { path, state, bytes, sha256: createHash("sha256").update(submission.read(path)).digest("hex") },
      ),
  };
}

/** Makes branch `submit/<name>` and the folder with text, bundle and manifest. */
export function packSubmission(
  root: string,
  submission: Submission,
  name: string,
  pullRequest: { readonly title: string; readonly body: string },
): Packed {
  checkAuthor(root);
  const branch = `submit/${name}`;
  const commit = makeCommit(root, submission, pullRequest.title);
  git(root, ["update-ref", `refs/heads/${branch}`, commit]);
  const folder = join(root, ".rankbench", "submissions", name);
  const file = (suffix: string): string => join(folder, suffix);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file("pull-request.md"), pullRequest.body);
    writeFileSync(
      file("manifest.json"),
      `${JSON.stringify(manifestOf(submission, name, commit), null, 2)}\n`,
    );
  } catch (error) {
    throw storageError(file("pull-request.md"), "writing a submission", error);
  }
  git(root, [
    "bundle",
    "create",
    "--quiet",
    file("submission.bundle"),
    `refs/heads/${branch}`,
    `^${submission.base}`,
  ]);
  const shown = (path: string): string => relative(root, path);
  return {
    branch,
    commit,
    folder: shown(folder),
    text: shown(file("pull-request.md")),
    bundle: shown(file("submission.bundle")),
    manifest: shown(file("manifest.json")),
  };
}

/** What became of opening the pull request. */
export type Opened =
  | { readonly state: "opened"; readonly url: string }
  | { readonly state: "no-gh" }
  | { readonly state: "failed"; readonly command: string; readonly said: string };

/** Pushes the branch and opens the pull request with `gh`, where that is installed. */
export function openPullRequest(root: string, packed: Packed, title: string): Opened {
  const run = (file: string, args: readonly string[]) =>
    spawnSync(file, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  if (run("gh", ["--version"]).status !== 0) return { state: "no-gh" };
  const commands: readonly (readonly [string, readonly string[]])[] = [
    ["git", ["push", "origin", `refs/heads/${packed.branch}`]],
    ["gh", ["pr", "create", "--head", packed.branch, "--title", title, "--body-file", packed.text]],
  ];
  let url = "";
  for (const [file, args] of commands) {
    const { status, stdout, stderr } = run(file, args);
    if (status !== 0) return { state: "failed", command: [file, ...args].join(" "), said: stderr.trim() };
    url = stdout.trim();
  }
  return { state: "opened", url };
}
