// How `pnpm test` counts: nothing that went wrong may end as zero failures.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { ROOT } from "./root.ts";
import { add, countCommand, countProject, lastLine, NO_COUNTS } from "./test-counts.ts";

const report = (...files: readonly (readonly [name: string, status: string, tests: readonly string[]])[]) =>
  JSON.stringify({
    testResults: files.map(([name, status, tests]) => ({
      name,
      status,
      assertionResults: tests.map((state, index) => ({ fullName: `test ${index}`, status: state })),
    })),
  });

describe("the counts of a project", () => {
  it("are those of its tests", () => {
    const counts = countProject(
      "unit",
      report(["a", "failed", ["passed", "failed", "skipped"]], ["b", "passed", ["passed", "todo"]]),
      1,
    );
    expect(counts).toEqual({ passed: 2, failed: 1, skipped: 2, failures: ["a > test 1"] });
  });

  it.each([
    ["there is no report", undefined, 137, "crashed"],
    ["the report is cut off", '{"testResults": [', 1, "cannot be read"],
    ["no test was found", report(), 1, "ran no test"],
    ["no test was found and Vitest was content", report(), 0, "ran no test"],
    ["all tests were skipped", report(["a", "passed", ["skipped"]]), 0, "ran no test"],
    [
      "a file could not be loaded",
      report(["a", "failed", []], ["b", "passed", ["passed"]]),
      1,
      "a could not be run",
    ],
    ["an error came from outside the tests", report(["a", "passed", ["passed"]]), 1, "though no test failed"],
    ["a signal ended it", report(["a", "passed", ["passed"]]), null, "ended with a signal"],
  ])("have a failure when %s", (_, text, code, name) => {
    const counts = countProject("unit", text, code);
    expect(counts.failed).toBe(1);
    expect(counts.failures[0]).toContain(name);
  });
});

describe("the last line", () => {
  it("adds up steps of both kinds", () => {
    const total = [
      countCommand("types", 0),
      countCommand("lint", 1),
      countProject("unit", report(["a", "passed", ["passed", "skipped"]]), 0),
    ];
    expect(lastLine(total.reduce(add, NO_COUNTS))).toBe("2 passed, 1 failed, 1 skipped");
  });
});

describe("the runner's reports", () => {
  const folder = mkdtempSync(join(tmpdir(), "rankbench-counts-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs the installed Vitest on one made-up test file and counts its report. */
  async function countOf(name: string, body: string) {
    const file = `${name}.test.mjs`;
    writeFileSync(
      join(folder, file),
      `import { expect, it } from ${JSON.stringify(join(ROOT, "node_modules/vitest/dist/index.js"))};\n${body}`,
    );
    const out = join(folder, `${name}.json`);
    const args = [
      join(ROOT, "node_modules/vitest/vitest.mjs"),
      "run",
      "--root",
      folder,
      file,
      "--reporter=json",
      `--outputFile=${out}`,
    ];
    const code = await promisify(execFile)(process.execPath, args, { cwd: folder }).then(
      () => 0,
      (error: { code: number }) => error.code,
    );
    return countProject(name, readFileSync(out, "utf8"), code);
  }

  it("are read as Vitest writes them: passed, failed, skipped", async () => {
    const counts = await countOf(
      "mixed",
      `it("a", () => {}); it("b", () => { expect(1).toBe(2); }); it.skip("c", () => {}); it.todo("d");`,
    );
    expect(counts).toMatchObject({ passed: 1, failed: 1, skipped: 2 });
  });

  it("do not hide a file that throws while it is loaded", async () => {
    expect(await countOf("broken", `throw new Error("no");`)).toMatchObject({ passed: 0, skipped: 0 });
    expect((await countOf("broken", `throw new Error("no");`)).failed).toBeGreaterThan(0);
  });

  it("do not hide an error outside the tests", async () => {
    const counts = await countOf(
      "stray",
      `it("a", async () => { Promise.reject(new Error("stray")); await new Promise((r) => setTimeout(r, 20)); });`,
    );
    expect(counts.failed).toBeGreaterThan(0);
  });
});
