import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { recordPath, runsFolder, writeRecord } from "#harness/record/file.ts";
import type { RunRecord } from "#harness/record/schema.ts";
import { sampleOutcomes, sampleRecord } from "#harness/record/testing/records.ts";
import { openStore, type Store } from "./database.ts";
import { ingest } from "./ingest.ts";
import { findRun, storedIds, storedRecord } from "./read.ts";
import { exportRecords, rebuild, syncWithFiles } from "./sync.ts";

const scratch = mkdtempSync(join(tmpdir(), "rankbench-sync-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let root = scratch;
let path = "";
let number = 0;
beforeEach(() => {
  root = join(scratch, String(number++));
  mkdirSync(root);
  path = join(root, "results", "rankbench.sqlite");
});

const outcomes = sampleOutcomes(5);
const records: readonly RunRecord[] = outcomes.map((outcome, seed) =>
  sampleRecord({ outcome, identity: { seed } }),
);
const later = (record: RunRecord): RunRecord => ({ ...record, finishedAt: "2026-04-01T00:00:00.000Z" });
const first = sampleRecord({
  outcome: records[0]?.outcome ?? { state: "unsupported", reason: "-" },
  identity: { seed: 0 },
});

async function withStore<T>(work: (store: Store) => Promise<T> | T): Promise<T> {
  const store = openStore(path);
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

function snapshot(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".json"),
  );
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

test("files to database to files gives the same bytes, for every outcome", async () => {
  for (const record of records) await writeRecord(root, record);
  const before = snapshot(runsFolder(root));
  expect(await rebuild(root, path)).toMatchObject({
    added: records.length,
    refused: [],
    removed: [],
    setAside: null,
  });
  rmSync(runsFolder(root), { recursive: true });
  expect(await withStore((store) => exportRecords(store, root))).toEqual({
    written: records.length,
    existing: 0,
  });
  expect(snapshot(runsFolder(root))).toEqual(before);
});

test("a record is stored once; other content under its id is a conflict unless it shall replace", async () => {
  await withStore((store) => {
    expect(ingest(store, first)).toBe("added");
    expect(ingest(store, first)).toBe("exists");
    expect(() => ingest(store, later(first))).toThrow(RankbenchError);
    expect(() => ingest(store, later(first))).toThrow(/another result of this run/);
    expect(storedRecord(store, first.id)).toEqual(first);
    expect(ingest(store, later(first), { replace: true })).toBe("replaced");
    expect(storedRecord(store, first.id)).toEqual(later(first));
    for (const table of ["metrics", "phases", "notes", "predictions"]) {
      const orphans = store.sqlite.prepare(
        `select count(*) from ${table} where run not in (select key from runs)`,
      );
      expect(orphans.pluck().get()).toBe(0);
    }
  });
});

test("looking at the files takes what is new or changed and opens nothing else", async () => {
  for (const record of records) await writeRecord(root, record);
  await withStore(async (store) => {
    expect(await syncWithFiles(store, root)).toMatchObject({ added: 6, replaced: 0, unchanged: 0 });
    // A file that is not opened may hold anything: same size and time, other bytes.
    const file = recordPath(root, first);
    const text = readFileSync(file, "utf8");
    const stamp = new Date("2026-01-01T00:00:00Z");
    utimesSync(file, stamp, stamp);
    await syncWithFiles(store, root);
    writeFileSync(file, "x".repeat(Buffer.byteLength(text)));
    utimesSync(file, stamp, stamp);
    expect(await syncWithFiles(store, root)).toMatchObject({
      added: 0,
      replaced: 0,
      unchanged: 6,
      refused: [],
    });
    await writeRecord(root, later(first), { replace: true });
    expect(await syncWithFiles(store, root)).toMatchObject({ added: 0, replaced: 1, unchanged: 5 });
    expect(storedRecord(store, first.id)).toEqual(later(first));
  });
});

test("a run that was stored with its file is not read again", async () => {
  await writeRecord(root, first);
  await withStore(async (store) => {
    ingest(store, first, { root });
    const stored = store.sqlite.prepare("select path from record_files").pluck().all();
    expect(stored).toEqual([`glue-sst2/galore/${first.id}.json`]);
    expect(await syncWithFiles(store, root)).toMatchObject({ added: 0, unchanged: 1 });
  });
});

test("a file that was kept with other content is not taken for the stored record", async () => {
  await writeRecord(root, first);
  await withStore(async (store) => {
    ingest(store, later(first), { root });
    expect(await syncWithFiles(store, root)).toMatchObject({ replaced: 1 });
    expect(storedRecord(store, first.id)).toEqual(first);
  });
});

test("a damaged file is told by name and costs neither the others nor what the database has of it", async () => {
  for (const record of records) await writeRecord(root, record);
  await withStore((store) => syncWithFiles(store, root));
  const file = recordPath(root, first);
  writeFileSync(file, "{");
  const report = await rebuild(root, path);
  expect(report.refused.map((each) => each.file)).toEqual([file]);
  expect(report.removed).toEqual([]);
  await withStore((store) => expect(storedRecord(store, first.id)).toEqual(first));
});

test("rebuilding drops runs whose file is gone and names them", async () => {
  for (const record of records) await writeRecord(root, record);
  await rebuild(root, path);
  rmSync(recordPath(root, first));
  expect((await rebuild(root, path)).removed).toEqual([first.id]);
  await withStore((store) => {
    expect(storedIds(store)).toEqual(
      records
        .slice(1)
        .map((record) => record.id)
        .sort(),
    );
  });
});

test("a database beyond use is moved aside, kept, and made anew", async () => {
  for (const record of records) await writeRecord(root, record);
  writeFileSync(path, "garbage ".repeat(1000));
  const report = await rebuild(root, path);
  expect(report).toMatchObject({ added: 6, setAside: `${path}.damaged-1` });
  expect(readFileSync(`${path}.damaged-1`, "utf8")).toMatch(/^garbage/);
  writeFileSync(path, "garbage again ".repeat(1000));
  expect((await rebuild(root, path)).setAside).toBe(`${path}.damaged-2`);
  expect(existsSync(`${path}.damaged-1`)).toBe(true);
});

test.each([
  ["a metric", "update metrics set value = value + 1 where metric = 'accuracy'"],
  ["an environment", "update environments set facts = replace(facts, 'Some Processor', 'Another')"],
  ["a seed", "update runs set seed = seed + 100"],
  ["a curve", "delete from curves where position = 0"],
])("%s that was changed in the database is again what the files say after a rebuild", async (_, change) => {
  for (const record of records) await writeRecord(root, record);
  await rebuild(root, path);
  await withStore((store) => store.sqlite.exec(change));
  expect(await rebuild(root, path)).toMatchObject({ setAside: null, removed: [] });
  await withStore((store) => {
    expect(records.map(({ id }) => storedRecord(store, id))).toEqual(records);
    expect(store.sqlite.prepare("select count(*) as n from environments").get()).toEqual({ n: 1 });
  });
});

test.each([
  ["a column that has another name", "alter table curves rename column training_step to training_stop"],
  ["a table that is gone", "drop table notes"],
  ["an index that is gone", "drop index runs_cohort"],
  ["a row that belongs to no run", "pragma foreign_keys = off; delete from runs where seed = 0"],
])("a database with %s is moved aside by a rebuild", async (_, change) => {
  for (const record of records) await writeRecord(root, record);
  await rebuild(root, path);
  await withStore((store) => store.sqlite.exec(change));
  expect((await rebuild(root, path)).setAside).toBe(`${path}.damaged-1`);
  await withStore((store) => expect(storedIds(store)).toHaveLength(records.length));
});

test("a missing column and a text that is no JSON are told as damage, with the rebuild as next step", async () => {
  for (const record of records) await writeRecord(root, record);
  await rebuild(root, path);
  await withStore((store) => {
    store.sqlite.prepare("update runs set config = 'x' where id = ?").run(first.id);
    expect(() => storedRecord(store, first.id)).toThrow(/damaged[\s\S]*pnpm bench rebuild/);
    store.sqlite.exec("alter table notes rename column note to words");
  });
  await withStore((store) =>
    expect(() => storedRecord(store, first.id)).toThrow(/damaged[\s\S]*pnpm bench rebuild/),
  );
});

test("a run is found by its id or the first digits; none and several are told apart", async () => {
  await withStore((store) => {
    for (let seed = 0; seed < 40; seed++) ingest(store, sampleRecord({ identity: { seed } }));
    const { id } = sampleRecord({ identity: { seed: 7 } });
    expect(findRun(store, id).identity.seed).toBe(7);
    expect(findRun(store, id.slice(0, 10).toUpperCase()).id).toBe(id);
    const digit =
      storedIds(store)
        .map((each) => each.slice(0, 1))
        .sort()
        .find((each, i, all) => all[i + 1] === each) ?? "";
    const shared = storedIds(store).filter((each) => each.startsWith(digit));
    expect(() => findRun(store, digit)).toThrow(
      new RegExp(`${shared.length} runs start so[\\s\\S]*${shared[0]}`),
    );
    const absent =
      [..."0123456789abcdef"]
        .map((d) => `${id.slice(0, 9)}${d}${d}${d}`)
        .find((each) => !id.startsWith(each)) ?? "";
    expect(() => findRun(store, absent)).toThrow(/no such run/);
    expect(() => findRun(store, "lora")).toThrow(/not the id of a run/);
    expect(() => findRun(store, "")).toThrow(/not the id of a run/);
  });
});
