// Plays a contributor and a maintainer in two scratch clones without network: the steps as functions, and the twelve bad
// submissions. Used by the script that shows it and by the test that demands it.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseRecord, renderRecord } from "#harness/record/format.ts";
import { type Identity, runId } from "#harness/record/identity.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import { ROOT } from "../root.ts";

const FOLDERS = ["harness", "methods", "tasks", "scripts", "results/runs"] as const;
const FILES = [
  "package.json",
  "pnpm-lock.yaml",
  "tsconfig.json",
  "biome.json",
  "vitest.config.ts",
  ".gitignore",
] as const;
export const METHOD = "lora-fa";
const TASK = "glue-sst2";

export interface Ended {
  readonly code: number | null;
  readonly text: string;
}

/** What no step may see: network, mirrors, the caller's git settings, GitHub's program. */
function environment(home: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    RANKBENCH_OFFLINE: "1",
    RANKBENCH_MIRRORS: "",
    NO_COLOR: "1",
    GIT_CONFIG_GLOBAL: join(home, "gitconfig"),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_DATE: "2030-01-01T00:00:00Z",
    GIT_COMMITTER_DATE: "2030-01-01T00:00:00Z",
  };
}

export class Clone {
  readonly root: string;
  readonly #home: string;

  constructor(root: string, home: string) {
    this.root = root;
    this.#home = home;
  }

  run(file: string, ...args: readonly string[]): Ended {
    const env = environment(this.#home);
    const { status, stdout, stderr } = spawnSync(file, args, { cwd: this.root, encoding: "utf8", env });
    return { code: status, text: `${stdout}${stderr}` };
  }

  /** Git's output; a failure ends the play. */
  git(...args: readonly string[]): string {
    const { code, text } = this.run("git", ...args);
    if (code !== 0) throw new Error(`git ${args.join(" ")}: ${text}`);
    return text.trim();
  }

  bench(...args: readonly string[]): Ended {
    return this.run(process.execPath, "harness/cli/bin.js", ...args);
  }

  /** A command of the submission workflow. */
  submission(name: "judge" | "apply" | "execute" | "comment", ...args: readonly string[]): Ended {
    return this.run(process.execPath, "--import", "tsx", `scripts/submission/${name}.ts`, ...args);
  }

  path(file: string): string {
    return join(this.root, file);
  }

  read(file: string): string {
    return readFileSync(this.path(file), "utf8");
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), text);
  }
}

export interface Stage {
  readonly contributor: Clone;
  readonly maintainer: Clone;
  remove(): void;
}

/** A repository of the checkout as it stands, and a clone of it for each of the two. */
export function setStage(): Stage {
  const home = mkdtempSync(join(tmpdir(), "rankbench-play-"));
  writeFileSync(
    join(home, "gitconfig"),
    "[user]\n\tname = A Contributor\n\temail = contributor@example.org\n",
  );
  const origin = new Clone(join(home, "origin"), home);
  mkdirSync(origin.root);
  for (const folder of FOLDERS) cpSync(join(ROOT, folder), origin.path(folder), { recursive: true });
  for (const file of FILES) cpSync(join(ROOT, file), origin.path(file));
  origin.git("init", "--quiet", "--initial-branch=main");
  origin.git("add", "--all");
  origin.git("commit", "--quiet", "-m", "base");
  const clone = (name: string): Clone => {
    const made = new Clone(join(home, name), home);
    origin.git("clone", "--quiet", origin.root, made.root);
    symlinkSync(join(ROOT, "node_modules"), made.path("node_modules"));
    return made;
  };
  return {
    contributor: clone("contributor"),
    maintainer: clone("maintainer"),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** Fills the scaffold with the real method that the documentation works out. */
export function fillIn(clone: Clone): void {
  const example = join(ROOT, "scripts", "submission", "example", METHOD);
  for (const name of readdirSync(example))
    cpSync(join(example, name), clone.path(`methods/${METHOD}/${name}`));
}

/** The contributor's commands, in order. */
export const STEPS: readonly (readonly string[])[] = [
  ["check", METHOD, "--no-smoke"],
  ["--method", METHOD, "--task", TASK, "--scale", "smoke", "--seeds", "0-2"],
  ["submit", METHOD, "--no-smoke"],
];

/** Fetches the contributor's bundle into the maintainer's clone; the commit that was handed over. */
export function handOver({ contributor, maintainer }: Stage): string {
  maintainer.git(
    "fetch",
    "--quiet",
    contributor.path(`.rankbench/submissions/${METHOD}/submission.bundle`),
    `submit/${METHOD}`,
  );
  return maintainer.git("rev-parse", "FETCH_HEAD");
}

const recordFolder = `results/runs/${TASK}/${METHOD}`;

function recordOf(clone: Clone, seed: number): { readonly file: string; readonly record: RunRecord } {
  for (const name of readdirSync(clone.path(recordFolder)).sort()) {
    const file = `${recordFolder}/${name}`;
    const record = parseRecord(clone.read(file), file);
    if (record.identity.seed === seed) return { file, record };
  }
  throw new Error(`no record of seed ${seed}`);
}

/** Rewrites the text of the record of seed 0. */
function editRecord(clone: Clone, edit: (text: string, record: RunRecord) => string): void {
  const { file, record } = recordOf(clone, 0);
  clone.write(file, edit(clone.read(file), record));
}

/** All three records with another value of one metric: a consistent lie. */
function editMetric(
  clone: Clone,
  metric: "accuracy" | "parameters-trainable",
  change: (value: number) => number,
): void {
  for (const seed of [0, 1, 2]) {
    const { file, record } = recordOf(clone, seed);
    if (record.outcome.state !== "ok") throw new Error(`seed ${seed} has no result`);
    const measured = record.outcome.result.metrics[metric];
    if (measured === undefined || !("value" in measured)) throw new Error(`seed ${seed} has no ${metric}`);
    measured.value = change(measured.value);
    clone.write(file, renderRecord(record));
  }
}

/** The record of seed 0 under another identity, with the id and the path that this gives. */
function changeIdentity(clone: Clone, change: Partial<Identity>): void {
  const { file, record } = recordOf(clone, 0);
  const identity = { ...record.identity, ...change };
  const id = runId(identity);
  rmSync(clone.path(file));
  clone.write(`${recordFolder}/${id}.json`, renderRecord({ ...record, id, identity }));
}

export interface Bad {
  readonly name: string;
  /** What the first look or, where `executed`, the second must say. */
  readonly reason: RegExp;
  /** True where only the method's code can tell. */
  readonly executed?: true;
  /** True where the good submission has been merged before. */
  readonly merged?: true;
  spoil(clone: Clone): void;
}

const GIANT_BYTES = 3 * 2 ** 20;

/** The twelve, each the good submission with one thing spoilt. */
export const BAD: readonly Bad[] = [
  {
    name: "edits outside its folder",
    reason: /harness\/train\/evaluate\.ts: lies outside methods\/lora-fa\//,
    spoil: (clone) =>
      clone.write(
        "harness/train/evaluate.ts",
        `${clone.read("harness/train/evaluate.ts")}// one line more\n`,
      ),
  },
  {
    name: "forged numbers",
    reason: /says accuracy 0\.9\d*; its predictions give 0\.\d+/,
    spoil: (clone) => editMetric(clone, "accuracy", () => 0.987),
  },
  {
    name: "a wrong count",
    reason: /says parameters-trainable \d+; the method's formula gives \d+/,
    executed: true,
    spoil: (clone) => editMetric(clone, "parameters-trainable", (value) => value - 1000),
  },
  {
    name: "a tampered record",
    reason: /the id is not the hash of the identity/,
    spoil: (clone) =>
      editRecord(clone, (text) => text.replace(/"learningRate": [\d.e-]+/, '"learningRate": 0.5')),
  },
  {
    name: "a metric that is no number",
    reason: /not JSON/,
    spoil: (clone) =>
      editRecord(clone, (text) => text.replace(/("accuracy": \{\n\s+"value": )[\d.]+/, "$1NaN")),
  },
  {
    name: "a giant file",
    reason: /is 3\.\d MiB; a record has at most 2\.0 MiB/,
    spoil: (clone) => editRecord(clone, (text) => text + " ".repeat(GIANT_BYTES)),
  },
  {
    name: "an id that exists",
    reason: /is stored already, and records are never modified/,
    merged: true,
    spoil: (clone) => editRecord(clone, (text) => text.replace(/"startedAt": "\d{4}/, '"startedAt": "2020')),
  },
  {
    name: "a path in an id",
    reason: /identity\.task.*"\.\.\/\.\.\/harness"/,
    spoil: (clone) =>
      editRecord(clone, (text) => text.replace(`"task": "${TASK}"`, '"task": "../../harness"')),
  },
  {
    name: "markup in a title",
    reason: /title holds markup: "<i"/,
    executed: true,
    spoil: (clone) =>
      clone.write(
        `methods/${METHOD}/method.ts`,
        clone
          .read(`methods/${METHOD}/method.ts`)
          .replace('title: "LoRA-FA"', 'title: "LoRA-FA<img src=x onerror=alert(1)>"'),
      ),
  },
  {
    name: "missing seeds",
    reason: /has seeds 0, 2; missing: 1/,
    spoil: (clone) => rmSync(clone.path(recordOf(clone, 1).file)),
  },
  {
    name: "another version of the task",
    reason: /is of glue-sst2 version 7; this checkout has version \d/,
    spoil: (clone) => changeIdentity(clone, { taskVersion: 7 }),
  },
  {
    name: "unknown keys",
    reason: /Unrecognized key: "blessed"/,
    spoil: (clone) =>
      editRecord(clone, (text) => text.replace('{\n  "schema": 1,', '{\n  "schema": 1,\n  "blessed": true,')),
  },
];

/** Commits the good submission with one thing spoilt, on a branch of its own, and fetches it; the commit. */
export function commitBad(
  stage: Stage,
  good: string,
  bad: Bad,
): { readonly head: string; readonly base: string } {
  const { contributor, maintainer } = stage;
  contributor.git("checkout", "--quiet", "--force", "--detach", good);
  bad.spoil(contributor);
  contributor.git("add", "--all");
  contributor.git("commit", "--quiet", "-m", bad.name);
  // As one change against the base, but where the good one was merged before.
  const base = bad.merged === true ? good : contributor.git("rev-parse", `${good}^`);
  const tree = contributor.git("rev-parse", "HEAD^{tree}");
  const head = contributor.git("commit-tree", tree, "-p", base, "-m", bad.name);
  maintainer.git("fetch", "--quiet", contributor.root, head);
  return { head, base };
}
