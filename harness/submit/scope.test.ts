import { describe, expect, it } from "vitest";
import type { Change, Submission } from "./changes.ts";
import { brokenLines } from "./rules.ts";
import { judgeScope, LIMITS, subjectOf } from "./scope.ts";

const RECORD = "results/runs/glue-sst2/my-method/0123456789abcdef.json";
const change = (path: string, more: Partial<Change> = {}): Change => ({
  path,
  state: "added",
  kind: "file",
  bytes: 100,
  ...more,
});
const submission = (changes: readonly Change[], known: readonly string[] = []): Submission => ({
  base: "0".repeat(40),
  changes,
  read: () => Buffer.alloc(0),
  baseFiles: () => known,
});
const judged = (...changes: readonly Change[]): string => {
  const subject = { kind: "method", method: "my-method" } as const;
  return brokenLines(judgeScope(submission(changes), subject)).join("\n");
};

describe("the scope of a submission", () => {
  it("takes sources, documents, data, tuned configurations, records and measurements of one method", () => {
    const good = [
      "methods/my-method/method.ts",
      "methods/my-method/README.md",
      "methods/my-method/tuned/glue-sst2.json",
      RECORD,
      RECORD.replace(".json", ".memory.json"),
    ];
    expect(judged(...good.map((path) => change(path)))).toBe("");
  });

  it.each([
    ["harness/train/evaluate.ts", /lies outside methods\/my-method\//],
    ["methods/other/method.ts", /lies outside/],
    ["results/trust/glue-sst2/my-method/0123456789abcdef.json", /lies outside/],
    [".github/workflows/ci.yml", /is no plain path/],
    ["methods/my-method/../../package.json", /is no plain path/],
    ["methods/my-method/.hidden.ts", /is no plain path/],
    ["methods/my-method/m\u0435thod.ts", /is no plain path/],
    ["methods/my-method/run.sh", /is of no kind/],
    ["methods/my-method/package.json/x.ts", /is of no kind/],
    ["results/runs/glue-sst2/other/0123456789abcdef.json", /is a record of other/],
    ["results/runs/glue-sst2/my-method/latest.json", /is no record/],
  ])("refuses %s", (path, reason) => {
    expect(judged(change(path))).toMatch(reason);
  });

  it("refuses links, modules, executables, changed or deleted records and large files", () => {
    const source = "methods/my-method/method.ts";
    expect(judged(change(source, { kind: "link" }))).toMatch(/is a link/);
    expect(judged(change(source, { kind: "module" }))).toMatch(/is a module/);
    expect(judged(change(source, { kind: "executable" }))).toMatch(/is executable/);
    expect(judged(change(RECORD, { state: "modified" }))).toMatch(/never modified/);
    expect(judged(change(RECORD, { state: "deleted" }))).toMatch(/never deleted/);
    expect(judged(change(RECORD, { bytes: LIMITS.record + 1 }))).toMatch(/at most 2\.0 MiB/);
    expect(judged(change(source, { bytes: LIMITS.source }))).toBe("");
    const many = Array.from({ length: LIMITS.files + 1 }, (_, i) =>
      change(RECORD.replace("0123456789abcdef", i.toString(16).padStart(16, "0"))),
    );
    expect(judged(...many)).toMatch(/has 3001 files/);
  });

  it("refuses an id that differs from a known one by dashes alone", () => {
    const subject = { kind: "method", method: "lo-ra" } as const;
    const found = judgeScope(
      submission([change("methods/lo-ra/method.ts")], ["methods/lora/method.ts"]),
      subject,
    );
    expect(brokenLines(found).join("\n")).toMatch(/told from the method lora by its dashes alone/);
  });

  it("is told by the paths: a method, entries, or nothing", () => {
    expect(subjectOf([change(RECORD)])).toEqual({ kind: "method", method: "my-method" });
    expect(subjectOf([change("configs/lora/a.yaml")])).toEqual({ kind: "entries" });
    expect(subjectOf([change("README.md")])).toBeNull();
  });
});
