// Which submissions there are, and that one command at a time submits.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recordPath, writeRecord } from "#harness/record/file.ts";
import { sampleRecord } from "#harness/record/testing/records.ts";
import { noteJob, noteOver, openSubmissions, removeSpent, whileSubmitting } from "./ledger.ts";
import { elementOf, readManifest, slurmFolder, submissionFolder, writeManifest } from "./manifest.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rankbench-ledger-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const never = new AbortController().signal;
const record = sampleRecord();
const submission = (digit: string) => {
  const cell = {
    id: record.id,
    identity: record.identity,
    threads: 1,
    overrides: {},
    timeoutSeconds: null,
    replaces: null,
  };
  const name = `rankbench-${digit.repeat(12)}`;
  const createdAt = "2026-03-01T10:00:00.000Z";
  writeManifest(root, { schema: 1, name, createdAt, memoryLimitBytes: null, elements: [[cell]] });
  return name;
};
const names = () => openSubmissions(root).map(({ manifest, job }) => [manifest.name, job]);

describe("submissions", () => {
  it("are listed until they are over, also those whose command died before it knew their number", () => {
    const [a, b, c] = [submission("a"), submission("b"), submission("c")];
    noteJob(root, a, "17");
    noteOver(root, c);
    // A command that was killed before it wrote the manifest.
    mkdirSync(submissionFolder(root, "rankbench-dddddddddddd"));
    expect(names()).toEqual([
      [a, "17"],
      [b, null],
    ]);
  });

  it("go when every run has its record and nothing is to be told", async () => {
    const [a, b, c] = [submission("a"), submission("b"), submission("c")];
    removeSpent(root, new Set());
    expect(names()).toHaveLength(3);
    await writeRecord(root, record);
    expect(recordPath(root, record)).toContain(record.id);
    mkdirSync(join(submissionFolder(root, c), "unequal"));
    removeSpent(root, new Set([b]));
    expect(names().map(([name]) => name)).toEqual([b, c]);
    expect(names()).not.toContain(a);
  });

  it("have manifests that are refused when they are damaged, and elements that exist", () => {
    const file = join(submissionFolder(root, submission("a")), "manifest.json");
    const manifest = readManifest(file);
    expect(elementOf(manifest, 0).map(({ id }) => id)).toEqual([record.id]);
    expect(() => elementOf(manifest, 1)).toThrow(/has no such element/);
    writeFileSync(file, JSON.stringify({ ...manifest, elements: [] }));
    expect(() => readManifest(file)).toThrow(/elements/);
    writeFileSync(file, "{");
    expect(() => readManifest(file)).toThrow(/is no manifest/);
  });
});

describe("the lock of submissions", () => {
  it("lets one at a time through", async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
    };
    await Promise.all(Array.from({ length: 4 }, () => whileSubmitting(root, never, work)));
    expect(most).toBe(1);
  });

  it("is taken from a dead command of this machine, and waited for while another machine may hold it", async () => {
    const lock = join(slurmFolder(root), "submit.lock");
    mkdirSync(slurmFolder(root), { recursive: true });
    writeFileSync(lock, JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1, pidStart: "1" }));
    expect(await whileSubmitting(root, never, () => Promise.resolve("done"))).toBe("done");
    writeFileSync(lock, JSON.stringify({ host: "another", pid: 1, pidStart: "1" }));
    const stop = AbortSignal.timeout(300);
    expect(await whileSubmitting(root, stop, () => Promise.resolve("done"))).toBeNull();
  });
});
