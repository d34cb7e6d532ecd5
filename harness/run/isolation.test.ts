import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Isolation, isolate, nodeAbilities } from "./isolation.ts";
import { workerEnvironment } from "./worker-env.ts";

const made: Isolation[] = [];
const isolated = (options: Parameters<typeof isolate>[0]): Isolation => {
  const isolation = isolate(options);
  made.push(isolation);
  return isolation;
};
afterEach(() => {
  for (const isolation of made.splice(0)) isolation.remove();
});

/** What a program may do under an isolation: each attempt with its error's code, or "done". */
function attempts({ flags, environment }: Isolation, outside: string): Readonly<Record<string, string>> {
  const program = `
    const fs = require("node:fs"), path = require("node:path"), os = require("node:os");
    const trying = {
      scratch: () => fs.writeFileSync(path.join(os.tmpdir(), "mine"), "x"),
      outside: () => fs.writeFileSync(${JSON.stringify(join(outside, "theirs"))}, "x"),
      checkout: () => fs.writeFileSync(${JSON.stringify(join(import.meta.dirname, "..", "isolation-test"))}, "x"),
      secret: () => fs.readFileSync("/etc/passwd"),
      program: () => { const { error } = require("node:child_process").spawnSync("true"); if (error) throw error; },
    };
    const done = {};
    for (const [name, tries] of Object.entries(trying)) {
      try { tries(); done[name] = "done"; } catch (error) { done[name] = error.code; }
    }
    console.log(JSON.stringify(done));`;
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, "-e", program], {
    encoding: "utf8",
    env: { ...workerEnvironment(process.env), ...environment },
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Record<string, string>;
}

describe("an isolated worker", () => {
  it("writes in its own scratch folder and not beside it, on every version that knows permissions", () => {
    const outside = mkdtempSync(join(tmpdir(), "rankbench-outside-"));
    try {
      const isolation = isolated({ startsProcesses: false });
      const done = attempts(isolation, outside);
      expect(done).toMatchObject({
        scratch: "done",
        outside: "ERR_ACCESS_DENIED",
        checkout: "ERR_ACCESS_DENIED",
      });
      // Where Node reads TypeScript by itself, other files and programs are out of reach as well.
      const strict = nodeAbilities().stripsTypes ? "ERR_ACCESS_DENIED" : "done";
      expect(done).toMatchObject({ secret: strict, program: strict });
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });

  it("may start programs where its task's data needs that, or where its Node needs a compiler", () => {
    const abilities = (stripsTypes: boolean) => ({ permission: "--permission", stripsTypes }) as const;
    const child = (stripsTypes: boolean, startsProcesses: boolean) =>
      isolated({ startsProcesses, abilities: abilities(stripsTypes) }).flags.includes(
        "--allow-child-process",
      );
    expect([child(true, false), child(true, true), child(false, false)]).toEqual([false, true, true]);
    const { flags } = isolated({ startsProcesses: false, abilities: abilities(true) });
    expect(flags).toContain("--allow-addons");
    expect(flags).not.toContain("--allow-net");
    expect(flags).not.toContain("--allow-fs-read=*");
  });

  it("leaves nothing behind, and is no more than a folder where Node knows no permissions", () => {
    const isolation = isolated({
      startsProcesses: false,
      abilities: { permission: null, stripsTypes: false },
    });
    const scratch = isolation.environment.TMPDIR ?? "";
    expect(isolation.flags).toEqual([]);
    expect(existsSync(scratch)).toBe(true);
    isolation.remove();
    expect(existsSync(scratch)).toBe(false);
  });

  it("sees neither names nor tokens nor the way to the network", () => {
    const seen = workerEnvironment({
      PATH: "/bin",
      HOME: "h",
      GITHUB_TOKEN: "t",
      HTTPS_PROXY: "p",
      NODE_OPTIONS: "--inspect",
      RANKBENCH_OFFLINE: "1",
      LC_ALL: "C",
    });
    expect(seen).toEqual({ PATH: "/bin", RANKBENCH_OFFLINE: "1", LC_ALL: "C" });
  });
});
