import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import Database from "better-sqlite3";
import { afterAll, expect, test } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { canMount, tinyDisk } from "#harness/record/testing/disk.ts";
import { sampleRecord } from "#harness/record/testing/records.ts";
import { databasePath, integrityProblems, openStore } from "./database.ts";
import { explain } from "./errors.ts";
import { ingest } from "./ingest.ts";
import { listRuns } from "./query.ts";

const scratch = mkdtempSync(join(tmpdir(), "rankbench-store-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const refused = (work: () => unknown): RankbenchError => {
  try {
    work();
  } catch (error) {
    if (error instanceof RankbenchError) return error;
    throw error;
  }
  throw new Error("not refused");
};

test("a new database has the settings that concurrent writers need, and every table that the schema names", () => {
  const store = openStore(join(scratch, "deep", "folder", "new.sqlite"));
  const { sqlite } = store;
  expect(sqlite.pragma("journal_mode", { simple: true })).toBe("wal");
  expect(sqlite.pragma("foreign_keys", { simple: true })).toBe(1);
  expect(sqlite.pragma("busy_timeout", { simple: true })).toBe(30_000);
  const tables = sqlite
    .prepare("select name from sqlite_master where type = 'table' order by name")
    .pluck()
    .all();
  expect(tables).toEqual([
    "__drizzle_migrations",
    "curves",
    "data_files",
    "environments",
    "latencies",
    "measurements",
    "metrics",
    "notes",
    "phases",
    "predictions",
    "record_files",
    "runs",
  ]);
  expect(integrityProblems(store)).toEqual([]);
  store.close();
});

test("opening again changes nothing and keeps the rows", () => {
  const path = join(scratch, "again.sqlite");
  const first = openStore(path);
  ingest(first, sampleRecord());
  first.close();
  const second = openStore(path);
  expect(second.sqlite.prepare("select count(*) from runs").pluck().get()).toBe(1);
  second.close();
});

test("ten processes that start together on a new database store eight runs, without a busy error", async () => {
  const path = join(scratch, "ten.sqlite");
  const writer = fileURLToPath(new URL("./testing/writer.ts", import.meta.url));
  const seeds = ["0", "1", "2", "3", "4", "5", "6", "7", "0", "0"];
  const runs = seeds.map((seed) =>
    promisify(execFile)(process.execPath, ["--import", "tsx", writer, path, `${seed},${seed}`], {
      encoding: "utf8",
    }),
  );
  const results = await Promise.all(runs);
  expect(results.map(({ stderr }) => stderr)).toEqual(seeds.map(() => ""));
  const said = results.flatMap(({ stdout }) => stdout.split(","));
  expect(said.filter((word) => word === "added")).toHaveLength(8);
  expect(said.filter((word) => word === "exists")).toHaveLength(12);
  const store = openStore(path);
  expect(store.sqlite.prepare("select seed from runs order by seed").pluck().all()).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7,
  ]);
  expect(integrityProblems(store)).toEqual([]);
  store.close();
});

test("a file that is no database is refused with the way out, and left as it is", () => {
  const path = join(scratch, "text.sqlite");
  writeFileSync(path, "this is not a database, and long enough to be looked at");
  const error = refused(() => openStore(path));
  expect(error.exitCode).toBe(6);
  expect(error.message).toContain(path);
  expect(error.parts.next).toContain("pnpm bench rebuild");
  expect(readFileSync(path, "utf8")).toMatch(/^this is not/);
});

test("a damaged database is told as damaged", () => {
  const path = join(scratch, "damaged.sqlite");
  const store = openStore(path);
  for (let seed = 0; seed < 20; seed++) ingest(store, sampleRecord({ identity: { seed } }));
  store.close();
  const bytes = readFileSync(path);
  // From the second page on: the header stays, what it points to is gone.
  bytes.fill(0x5a, 4096);
  writeFileSync(path, bytes);
  const error = refused(() => ingest(openStore(path), sampleRecord({ identity: { seed: 99 } })));
  expect(error.message).toContain("damaged");
  expect(error.parts.next).toContain("pnpm bench rebuild");
});

test("another program's database is not touched", () => {
  const path = join(scratch, "other.sqlite");
  const other = new Database(path);
  other.exec("create table runs (x)");
  other.close();
  expect(refused(() => openStore(path)).message).toContain("tables of another program");
});

test("a database made by a later version is refused", () => {
  const path = join(scratch, "later.sqlite");
  const store = openStore(path);
  store.sqlite.exec("insert into __drizzle_migrations (hash, created_at) values ('later', 9e15)");
  store.close();
  expect(refused(() => openStore(path)).message).toContain("another version of Rankbench");
});

test("a folder that cannot be made is a storage error naming the variable that moves the database", () => {
  writeFileSync(join(scratch, "file"), "");
  const error = refused(() => openStore(join(scratch, "file", "inside", "x.sqlite")));
  expect(error.exitCode).toBe(6);
  expect(error.parts.next).toContain("RANKBENCH_DB");
});

test.skipIf(!canMount())("a full disk is told and costs no stored run; a read-only disk is told too", () => {
  const disk = tinyDisk(1024);
  try {
    const store = openStore(join(disk.folder, "x.sqlite"));
    let stored = 0;
    const full = refused(() => {
      for (; stored < 1000; stored++) ingest(store, sampleRecord({ identity: { seed: stored } }));
    });
    expect(full.exitCode).toBe(6);
    expect(full.message).toContain("the disk is full");
    expect(stored).toBeGreaterThan(0);
    expect(listRuns(store)).toHaveLength(stored);
    expect(integrityProblems(store)).toEqual([]);
    store.close();
    disk.makeReadOnly();
    const error = refused(() => openStore(join(disk.folder, "new.sqlite")));
    expect(error.parts.next).toContain("RANKBENCH_DB");
  } finally {
    disk.remove();
  }
});

test("RANKBENCH_DB names the database; without it, it lies in results", () => {
  const before = process.env.RANKBENCH_DB;
  try {
    delete process.env.RANKBENCH_DB;
    expect(databasePath("/root-of-it")).toBe(join("/root-of-it", "results", "rankbench.sqlite"));
    process.env.RANKBENCH_DB = "/elsewhere/x.sqlite";
    expect(databasePath("/root-of-it")).toBe("/elsewhere/x.sqlite");
  } finally {
    if (before === undefined) delete process.env.RANKBENCH_DB;
    else process.env.RANKBENCH_DB = before;
  }
});

test("a driver installed without its native binding is one message with the package and the command that builds it", () => {
  // The real package without its build folder, as `--ignore-scripts` leaves it.
  const modules = join(scratch, "bare", "node_modules");
  mkdirSync(modules, { recursive: true });
  const require = createRequire(import.meta.url);
  const folderOf = (name: string, from: NodeJS.Require): string =>
    join(from.resolve(`${name}/package.json`), "..");
  const driver = folderOf("better-sqlite3", require);
  const inside = createRequire(join(driver, "package.json"));
  const bindings = folderOf("bindings", inside);
  const places = {
    "better-sqlite3": driver,
    bindings,
    "file-uri-to-path": folderOf("file-uri-to-path", createRequire(join(bindings, "package.json"))),
  };
  for (const [name, folder] of Object.entries(places)) {
    cpSync(folder, join(modules, name), {
      recursive: true,
      dereference: true,
      filter: (path) => !/\/(build|deps|src|node_modules\/\.)(\/|$)/.test(path.slice(folder.length)),
    });
  }
  const Bare = createRequire(join(modules, "x.js"))("better-sqlite3") as typeof Database;
  const error = refused(() => {
    try {
      new Bare(":memory:");
    } catch (cause) {
      throw explain(cause, ":memory:");
    }
  });
  expect(error.message).toContain("better-sqlite3");
  expect(error.parts.next).toBe("npx -y pnpm@10 rebuild better-sqlite3");
});
