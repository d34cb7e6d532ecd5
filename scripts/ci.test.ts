// What CI runs: the script does what it says on machines that lack things, and the workflow gives a stranger's code nothing.
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ROOT } from "./root.ts";

const scratch: string[] = [];
afterEach(() => {
  for (const folder of scratch.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function found(name: string): string {
  const folder = (process.env.PATH ?? "").split(delimiter).find((each) => existsSync(join(each, name)));
  if (folder === undefined) throw new Error(`this test needs ${name} in PATH`);
  return join(folder, name);
}

/** Runs .ci/run where only a few programs exist; those in `fakes` note their arguments and end with the given code. */
function runCi(files: readonly string[], fakes: Readonly<Record<string, number>>): readonly string[] {
  const root = mkdtempSync(join(tmpdir(), "rankbench-ci-"));
  scratch.push(root);
  const bin = join(root, "bin");
  for (const folder of [bin, join(root, "site"), join(root, "scripts/slurm"), join(root, ".ci")])
    mkdirSync(folder, { recursive: true });
  cpSync(join(ROOT, ".ci/run"), join(root, ".ci/run"));
  for (const file of files) writeFileSync(join(root, file), "");
  for (const tool of ["bash", "env", "find", "dirname"]) symlinkSync(found(tool), join(bin, tool));
  const script = (name: string, body: string) => {
    writeFileSync(join(bin, name), `#!${found("bash")}\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  script("id", "echo 0");
  const log = join(root, "log");
  for (const [name, code] of Object.entries(fakes))
    script(name, `echo "${name} $*" >>"${log}"; exit ${code}`);
  execFileSync(join(root, ".ci/run"), ["--only", "unit"], { env: { PATH: bin }, stdio: "pipe" });
  return readFileSync(log, "utf8").trim().split("\n");
}

const TESTS = "npx -y pnpm@10 test --only unit";

describe("the CI script", () => {
  it("only runs the tests while there are no browser tests", () => {
    expect(runCi([], { npx: 0, "apt-get": 0 })).toEqual([TESTS]);
  });

  it("installs a browser where browser tests need one", () => {
    const calls = runCi(["site/board.e2e.ts"], { npx: 0, "apt-get": 0 });
    expect(calls).toEqual([
      "apt-get update -q",
      "apt-get install -y -q --no-install-recommends chromium libvulkan1",
      TESTS,
    ]);
  });

  it("installs nothing where a browser is there", () => {
    expect(runCi(["site/board.e2e.ts"], { npx: 0, "apt-get": 0, chromium: 0 })).toEqual([TESTS]);
  });

  it("installs SLURM where its test is and it is not there, and goes on without", () => {
    const install = ["apt-get update -q", "apt-get install -y -q --no-install-recommends slurm-wlm munge"];
    const files = ["scripts/slurm/slurm.e2e.ts"];
    expect(runCi(files, { npx: 0, "apt-get": 0 })).toEqual([...install, TESTS]);
    expect(runCi(files, { npx: 0, "apt-get": 100 })).toEqual([install[0], TESTS]);
    expect(runCi(files, { npx: 0, "apt-get": 0, slurmctld: 0 })).toEqual([TESTS]);
  });

  it("runs the tests all the same where nothing can be installed", () => {
    expect(runCi(["site/board.e2e.ts"], { npx: 0, "apt-get": 100 })).toEqual(["apt-get update -q", TESTS]);
    expect(runCi(["site/board.e2e.ts"], { npx: 0 })).toEqual([TESTS]);
  });

  it("fails when the tests fail", () => {
    expect(() => runCi([], { npx: 1 })).toThrow();
  });
});

const folder = join(ROOT, ".github/workflows");

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      { readonly permissions?: Readonly<Record<string, string>>; readonly steps: readonly Step[] }
    >
  >;
}

/** What a job may write, by workflow and job; every other job reads the repository and nothing else. */
const WRITES: Readonly<Record<string, readonly string[]>> = {
  "comment.yml comment": ["pull-requests"],
  "publish.yml deploy": ["id-token", "pages"],
};

describe.each(readdirSync(folder))("the workflow %s", (name) => {
  const text = readFileSync(join(folder, name), "utf8");
  const workflow = parse(text) as Workflow;
  const jobs = Object.entries(workflow.jobs);
  const steps = jobs.flatMap(([, job]) => job.steps);

  it("pins every action by commit and says which release that is", () => {
    const uses = text.split("\n").filter((line) => /^\s*(- )?uses:/.test(line));
    expect(uses.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  it("may read the repository, writes only what its one job is for, and hands out no secret", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
    for (const [job, { permissions = {} }] of jobs) {
      const written = Object.keys(permissions).filter((what) => permissions[what] !== "read");
      expect(written.sort()).toEqual(WRITES[`${name} ${job}`] ?? []);
    }
    expect(text).not.toMatch(/secrets\./);
  });

  it("leaves no credentials in a checkout, and lets no text of a pull request into a script", () => {
    for (const { uses, with: given } of steps)
      if (uses?.startsWith("actions/checkout@") === true) expect(given?.["persist-credentials"]).toBe(false);
    expect(steps.map(({ run }) => run ?? "").filter((run) => run.includes("${{"))).toEqual([]);
  });

  it("gives a token to no step that runs the repository's code", () => {
    const holders = steps.filter(({ env = {} }) =>
      Object.values(env).some((value) => value.includes("token")),
    );
    for (const { run } of holders) expect(run).toMatch(/^gh /);
    expect(holders.length > 0).toBe(name === "comment.yml");
  });

  it("brings a pull request's files only where nothing can be written", () => {
    const refs = steps.flatMap(({ uses, with: given }) =>
      uses?.startsWith("actions/checkout@") === true ? [String(given?.ref ?? "")] : [],
    );
    expect(refs.filter((ref) => ref.includes("head"))).toEqual([]);
    for (const [job, { steps: own }] of jobs) {
      const brought = own.findIndex(({ run = "" }) => run.includes("submission/apply.ts"));
      if (brought === -1) continue;
      expect(WRITES[`${name} ${job}`]).toBeUndefined();
      const after = own.slice(brought + 1).flatMap(({ run }) => (run === undefined ? [] : [run]));
      for (const run of after) expect(run).toMatch(/^scripts\/submission\/offline\.sh /);
    }
  });
});

describe("the workflows", () => {
  const actionlint = (process.env.PATH ?? "")
    .split(delimiter)
    .map((each) => join(each, "actionlint"))
    .find((file) => existsSync(file));

  it.skipIf(actionlint === undefined)("satisfy actionlint, where it is installed", () => {
    const { status, stdout } = spawnSync(actionlint ?? "", ["-color=false"], { cwd: ROOT, encoding: "utf8" });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });

  it("call only scripts that are there", () => {
    const text = readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .join("\n");
    const called = [...text.matchAll(/\b((?:scripts|harness|\.ci)\/[\w./-]+)/g)].map(
      ([, path]) => path ?? "",
    );
    expect(called.length).toBeGreaterThan(8);
    expect(called.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it("run a stranger's code without network: nothing is run where that cannot be had", () => {
    const script = join(ROOT, "scripts/submission/offline.sh");
    const bin = mkdtempSync(join(tmpdir(), "rankbench-offline-"));
    scratch.push(bin);
    symlinkSync(found("bash"), join(bin, "bash"));
    for (const [name, body] of [
      ["id", "echo 1000"],
      ["sudo", "exit 1"],
      ["unshare", "exit 1"],
    ] as const) {
      writeFileSync(join(bin, name), `#!${found("bash")}\n${body}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    const { status, stdout, stderr } = spawnSync(found("bash"), [script, "bash", "-c", "echo ran"], {
      env: { PATH: bin },
      encoding: "utf8",
    });
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("no network namespace can be made here");
  });
});

describe("the ci workflow", () => {
  const text = readFileSync(join(folder, "ci.yml"), "utf8");
  it("runs the one script on every Node version that package.json admits", () => {
    const { engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      engines: { node: string };
    };
    const admitted = [...engines.node.matchAll(/(\d+)\.\d+\.\d+/g)].map(([, major]) => major);
    const tested = [...(/node: \[(.*)\]/.exec(text)?.[1] ?? "").matchAll(/\d+/g)].map(([major]) => major);
    expect(tested).toEqual(admitted);
    expect(text).toContain("run: .ci/run\n");
  });
});
