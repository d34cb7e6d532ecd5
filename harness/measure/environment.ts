// What a record says about where it was made: machine, system, Node, engine, version of the code.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { release, type } from "node:os";
import { join } from "node:path";
import { projectRoot } from "#harness/data/folders.ts";
import type { EnvironmentRecord } from "#harness/record/schema.ts";
import { observeMachine, readOptional } from "./machine.ts";

const GIT_MS = 10_000;

/** Output of a git command in `root`; null where git, a repository or a commit is missing. */
function git(root: string, ...words: readonly string[]): string | null {
  try {
    // Optional locks are off: looking must not write to a repository that may be read-only.
    const all = ["--no-optional-locks", "-C", root, ...words];
    return execFileSync("git", all, {
      encoding: "utf8",
      timeout: GIT_MS,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return null;
  }
}

/**
 * Commit of the checkout at `root` and whether its sources differ from it; results are no sources. Null outside a
 * checkout, also when `root` merely lies inside somebody else's.
 */
export function observeGit(root: string): EnvironmentRecord["git"] {
  const top = git(root, "rev-parse", "--show-toplevel")?.trim();
  if (top === undefined || top === "" || realpathSync(top) !== realpathSync(root)) return null;
  const commit = git(root, "rev-parse", "--verify", "HEAD")?.trim();
  const changes = git(
    root,
    "status",
    "--porcelain",
    "--untracked-files=normal",
    "--",
    ".",
    ":(exclude)results",
  );
  if (commit === undefined || changes === null) return null;
  return { commit, dirty: changes.trim() !== "" };
}

/** Name and kernel of the system: `Debian GNU/Linux 12 (bookworm), Linux 6.1.0`. */
export function systemName(osRelease: string | undefined): string {
  const pretty = /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(osRelease ?? "")?.[1];
  const kernel = `${type()} ${release()}`;
  return pretty === undefined ? kernel : `${pretty}, ${kernel}`;
}

function packageVersion(root: string): string {
  const text = readOptional(join(root, "package.json"));
  const version =
    text === undefined ? undefined : (JSON.parse(text) as { readonly version?: unknown }).version;
  return typeof version === "string" ? version : "unknown";
}

function lockfileHash(root: string): string | null {
  const text = readOptional(join(root, "pnpm-lock.yaml"));
  return text === undefined ? null : createHash("sha256").update(text).digest("hex");
}

/** The environment part of a record, observed now. `contention` comes from the worker that was timed. */
export function observeEnvironment(
  engine: EnvironmentRecord["engine"],
  contention: number | null,
  root: string = projectRoot(),
): EnvironmentRecord {
  const machine = observeMachine();
  return {
    cpu: machine.cpu,
    cores: machine.cores,
    memoryBytes: machine.memoryBytes,
    gpu: machine.gpu,
    os: systemName(readOptional("/etc/os-release")),
    arch: machine.arch,
    node: process.version,
    engine,
    rankbench: packageVersion(root),
    git: observeGit(root),
    lockfileSha256: lockfileHash(root),
    contention,
  };
}
