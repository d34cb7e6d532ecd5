import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { readRecords, recordPath, runsFolder, writeRecord } from "./file.ts";
import { formatRecord } from "./format.ts";
import type { RunRecord } from "./schema.ts";
import { canMount, tinyDisk } from "./testing/disk.ts";
import { sampleRecord } from "./testing/records.ts";

const scratch = mkdtempSync(join(tmpdir(), "rankbench-files-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let root = scratch;
let number = 0;
beforeEach(() => {
  root = join(scratch, String(number++));
  mkdirSync(root);
});

const seeded = (seed: number): RunRecord => sampleRecord({ identity: { seed } });
const failed = async (work: Promise<unknown>): Promise<RankbenchError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof RankbenchError) return error;
  throw new Error(`not refused with a RankbenchError: ${String(error)}`);
};
const filesBelow = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.(json|tmp)/.test(name))
    : [];

test("a record is written under results/runs/<task>/<method>/<id>.json with nothing beside it", async () => {
  const record = seeded(1);
  const written = await writeRecord(root, record);
  expect(written).toEqual({
    result: "written",
    file: join(root, "results", "runs", "glue-sst2", "galore", `${record.id}.json`),
  });
  expect(readFileSync(written.file, "utf8")).toBe(formatRecord(record));
  expect(filesBelow(root)).toHaveLength(1);
});

test("an existing record of the same run is kept unless replacing is asked for", async () => {
  const record = seeded(1);
  const later = { ...record, finishedAt: "2026-03-02T00:00:00.000Z" };
  await writeRecord(root, record);
  expect((await writeRecord(root, later)).result).toBe("exists");
  expect(readFileSync(recordPath(root, record), "utf8")).toBe(formatRecord(record));
  expect((await writeRecord(root, later, { replace: true })).result).toBe("replaced");
  expect(readFileSync(recordPath(root, record), "utf8")).toBe(formatRecord(later));
});

test("of twenty writers of one run at once exactly one writes, and the file is whole", async () => {
  const record = seeded(3);
  const results = await Promise.all(Array.from({ length: 20 }, () => writeRecord(root, record)));
  expect(results.filter(({ result }) => result === "written")).toHaveLength(1);
  expect(readFileSync(recordPath(root, record), "utf8")).toBe(formatRecord(record));
  expect(filesBelow(root)).toHaveLength(1);
});

test("a damaged file in the way is told, not overwritten", async () => {
  const record = seeded(1);
  const file = recordPath(root, record);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "{");
  const error = await failed(writeRecord(root, record));
  expect(error.message).toContain(file);
  expect(readFileSync(file, "utf8")).toBe("{");
});

test("what a killed writer left is removed; what a living or another machine's writer writes is not", async () => {
  const folder = dirname(recordPath(root, seeded(1)));
  mkdirSync(folder, { recursive: true });
  const dead = Number(execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }));
  const names = [dead, process.ppid].map((pid) => `.${"a".repeat(16)}.${hostname()}.${pid}.1.tmp`);
  const elsewhere = `.${"b".repeat(16)}.other-host.${dead}.1.tmp`;
  for (const name of [...names, elsewhere]) writeFileSync(join(folder, name), "half");
  await writeRecord(root, seeded(1));
  expect(
    readdirSync(folder)
      .filter((name) => name.endsWith(".tmp"))
      .sort(),
  ).toEqual([names[1], elsewhere].sort());
});

test("reading yields every record in path order and tells damaged and misplaced files without stopping", async () => {
  const records = [seeded(1), seeded(2), sampleRecord({ identity: { method: "lora" } })];
  for (const record of records) await writeRecord(root, record);
  const [first] = records as [RunRecord, ...RunRecord[]];
  writeFileSync(join(runsFolder(root), "glue-sst2", "galore", `${"f".repeat(16)}.json`), "not json");
  mkdirSync(join(runsFolder(root), "glue-sst2", "zeta"));
  writeFileSync(join(runsFolder(root), "glue-sst2", "zeta", `${first.id}.json`), formatRecord(first));
  writeFileSync(join(runsFolder(root), "glue-sst2", "zeta", "README.json"), "ignored");
  const ids: string[] = [];
  const errors: string[] = [];
  for await (const read of readRecords(root)) {
    if (read.ok) ids.push(read.record.id);
    else errors.push(read.error.parts.problem);
  }
  expect([...ids].sort()).toEqual(records.map((record) => record.id).sort());
  expect(errors).toEqual(["not JSON", "the file stands where its identity does not belong"]);
});

test("no results folder means no records", async () => {
  for await (const read of readRecords(root)) throw new Error(`unexpected ${read.file.path}`);
});

/** File permissions do not bind the superuser. */
const superuser = process.getuid?.() === 0;

test.skipIf(superuser)("a folder without write permission is a storage error that names it", async () => {
  chmodSync(root, 0o500);
  const error = await failed(writeRecord(root, seeded(1)));
  chmodSync(root, 0o700);
  expect(error.exitCode).toBe(6);
  expect(error.message).toContain("glue-sst2");
});

test("a file where a folder should be is a storage error", async () => {
  writeFileSync(join(root, "results"), "in the way");
  const error = await failed(writeRecord(root, seeded(1)));
  expect(error.exitCode).toBe(6);
  expect(error.message).toContain(join(root, "results"));
});

const mountable = canMount();

test.skipIf(!mountable)(
  "a full disk is a storage error that says so, and nothing half-written stays",
  async () => {
    const disk = tinyDisk(64);
    try {
      await writeRecord(disk.folder, seeded(1));
      const large = { ...seeded(2), notes: ["x".repeat(64 * 1024)] };
      const error = await failed(writeRecord(disk.folder, large));
      expect(error.message).toContain("the disk is full");
      expect(error.message).toContain("free some space");
      expect(filesBelow(disk.folder)).toHaveLength(1);
    } finally {
      disk.remove();
    }
  },
);

test.skipIf(!mountable)("a read-only file system is a storage error that says so", async () => {
  const disk = tinyDisk(64);
  try {
    disk.makeReadOnly();
    expect((await failed(writeRecord(disk.folder, seeded(1)))).message).toContain("read-only");
  } finally {
    disk.remove();
  }
});
