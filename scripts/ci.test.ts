// What CI runs: the script does what it says on machines that lack things, and the workflow gives a stranger's code nothing.
import { execFileSync } from "node:child_process";
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
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
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
  for (const folder of [bin, join(root, "site"), join(root, ".ci")]) mkdirSync(folder);
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

  it("runs the tests all the same where nothing can be installed", () => {
    expect(runCi(["site/board.e2e.ts"], { npx: 0, "apt-get": 100 })).toEqual(["apt-get update -q", TESTS]);
    expect(runCi(["site/board.e2e.ts"], { npx: 0 })).toEqual([TESTS]);
  });

  it("fails when the tests fail", () => {
    expect(() => runCi([], { npx: 1 })).toThrow();
  });
});

const folder = join(ROOT, ".github/workflows");
describe.each(readdirSync(folder))("the workflow %s", (name) => {
  const text = readFileSync(join(folder, name), "utf8");

  it("pins every action by commit and says which release that is", () => {
    const uses = text.split("\n").filter((line) => /^\s*(- )?uses:/.test(line));
    expect(uses.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  it("may read the repository and nothing else, and hands out no secret", () => {
    expect(text).toMatch(/^permissions:\n {2}contents: read\n(?! )/m);
    expect(text).not.toMatch(/secrets\.|pull_request_target|: write/);
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
