// One run from claim to record, with fake workers: what is stored, what is repeated, who waits for whom.
import { fork } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findMethod } from "#harness/method/registry.ts";
import { recordPath, writeRecord } from "#harness/record/file.ts";
import type { ConfigValue } from "#harness/record/identity.ts";
import { sampleOutcomes, sampleRecord } from "#harness/record/testing/records.ts";
import { openStore, type Store } from "#harness/store/database.ts";
import { findRun, storedIds } from "#harness/store/read.ts";
import { findTask } from "#harness/task/registry.ts";
import { findClaim, takeClaim } from "./claim.ts";
import { type Cell, checkRequest, planCells, plannedData } from "./plan.ts";
import { type CellSettings, runCell } from "./run-cell.ts";
import { FAKE_WORKER, fakeJob, until } from "./testing/fixtures.ts";

const never = new AbortController().signal;
let root = "";
let store: Store;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rankbench-cell-"));
  store = openStore(join(root, "results", "rankbench.sqlite"));
});
afterEach(() => {
  store.close();
  rmSync(root, { recursive: true, force: true });
});

const settings = (changes: Partial<CellSettings> = {}): CellSettings => ({
  root,
  store,
  timeoutSeconds: 30,
  memoryLimitBytes: null,
  force: false,
  interruption: { stop: never, now: never },
  onEvent: () => {},
  onWaiting: () => {},
  worker: FAKE_WORKER,
  ...changes,
});

/** A cell whose worker does what `behaviour` says. */
async function cell(behaviour: string, config: Record<string, ConfigValue> = {}): Promise<Cell> {
  const job = fakeJob(behaviour, 0, config);
  return {
    job,
    task: await findTask("glue-sst2"),
    method: await findMethod("lora"),
    data: {
      variant: "sample",
      fingerprint: job.identity.data,
      notices: [],
      needsDownload: false,
      downloadBytes: 0,
    },
    command: "pnpm bench --method lora",
    file: recordPath(root, job),
    state: "missing",
    outcome: null,
  };
}

const ok = { outcome: sampleOutcomes(1).find(({ state }) => state === "ok") as unknown as ConfigValue };

test("a finished run is in its file and in the database, and no claim is left", async () => {
  const result = await runCell(await cell("finish", ok), settings());
  if (result.kind !== "recorded") throw new Error(result.kind);
  expect(result).toMatchObject({ stored: "written", record: { outcome: { state: "ok" }, attempt: "fresh" } });
  expect(existsSync(result.file)).toBe(true);
  expect(findRun(store, result.record.id)).toEqual(result.record);
  expect(findClaim(root, result.record.id)).toBeUndefined();
});

test("a run with a result is shown and not repeated; --force replaces it", async () => {
  const first = await runCell(await cell("finish", ok), settings());
  const again = await runCell(await cell("finish", ok), settings());
  expect(again.kind).toBe("existed");
  if (first.kind !== "recorded" || again.kind !== "existed") throw new Error("unexpected");
  expect(again.record).toEqual(first.record);
  expect(await runCell(await cell("finish", ok), settings({ force: true }))).toMatchObject({
    kind: "recorded",
    stored: "replaced",
  });
});

test("a run without a result is stored, and its next attempt takes its place", async () => {
  expect(await runCell(await cell("exits"), settings())).toMatchObject({
    kind: "recorded",
    stored: "written",
    record: { outcome: { state: "crashed", exitCode: 42 }, attempt: "fresh" },
  });
  expect(await runCell(await cell("exits"), settings())).toMatchObject({
    kind: "recorded",
    stored: "replaced",
  });
  expect(storedIds(store)).toHaveLength(1);
});

test("a forced repetition that fails leaves the result that was there", async () => {
  const planned = await cell("exits");
  const { id, identity } = planned.job;
  const [outcome] = sampleOutcomes(1).filter(({ state }) => state === "ok");
  if (outcome === undefined) throw new Error("no sample outcome");
  await writeRecord(root, { ...sampleRecord({}), id, identity, outcome });
  expect(await runCell(planned, settings({ force: true }))).toMatchObject({
    kind: "recorded",
    stored: "kept",
  });
  expect(await runCell(planned, settings())).toMatchObject({
    kind: "existed",
    record: { outcome: { state: "ok" } },
  });
});

test("a timeout is recorded with its limit, the curve so far, the engine and the notes", async () => {
  const result = await runCell(await cell("hang"), settings({ timeoutSeconds: 1 }));
  expect(result).toMatchObject({
    kind: "recorded",
    record: {
      outcome: { state: "timeout", limitSeconds: 1, step: 3 },
      curves: [{ training: { loss: [0.6] } }],
      notes: ["a note"],
      environment: { engine: { versions: { fake: "1.0.0" } } },
    },
  });
});

test("a refusal leaves neither record nor claim nor folder", async () => {
  const planned = await cell("refuse");
  expect(await runCell(planned, settings())).toEqual({
    kind: "refused",
    reason: "config",
    message: 'unknown site "qeury"',
  });
  expect(existsSync(dirname(planned.file))).toBe(false);
  expect(findClaim(root, planned.job.id)).toBeUndefined();
  expect(storedIds(store)).toEqual([]);
});

test("an interrupted run is not recorded, is marked, and its next attempt says that it is a restart", async () => {
  const stop = new AbortController();
  const planned = await cell("slow", ok);
  const interrupted = await runCell(
    planned,
    settings({ interruption: { stop: stop.signal, now: never }, onEvent: () => stop.abort() }),
  );
  expect(interrupted).toEqual({ kind: "interrupted" });
  expect(existsSync(planned.file)).toBe(false);
  expect(findClaim(root, planned.job.id)).toMatchObject({
    state: "interrupted",
    interrupted: { phase: "train", step: 1 },
  });
  expect(await runCell(planned, settings())).toMatchObject({
    kind: "recorded",
    record: { attempt: "restarted", outcome: { state: "ok" } },
  });
  expect(findClaim(root, planned.job.id)).toBeUndefined();
});

test("a process that finds the run in the hands of another waits, and then shows that one's result", async () => {
  const planned = await cell("slow", ok);
  const script = join(root, "other.mjs");
  const module = (path: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, path)).href);
  writeFileSync(
    script,
    `import { runCell } from ${module("run-cell.ts")};
     import { openStore } from ${module("../store/database.ts")};
     const never = new AbortController().signal;
     process.once("message", async ({ cell, root, worker }) => {
       const store = openStore(root + "/results/rankbench.sqlite");
       const onEvent = (event) => event.kind === "progress" && process.send("started");
       const result = await runCell(cell, { root, store, timeoutSeconds: 30, memoryLimitBytes: null, force: false, interruption: { stop: never, now: never }, onEvent, onWaiting() {}, worker });
       process.send(result.kind);
       process.disconnect();
     });`,
  );
  const other = fork(script, [], { execArgv: ["--import", "tsx"] });
  const words: string[] = [];
  other.on("message", (word) => words.push(String(word)));
  const { task: _task, method: _method, ...plain } = planned;
  other.send({ cell: plain, root, worker: FAKE_WORKER });
  await until(() => words.includes("started"), "the other process starts its worker", 20_000);
  const waitedFor: number[] = [];
  const mine = await runCell(planned, settings({ onWaiting: (claim) => waitedFor.push(claim.pid) }));
  expect(waitedFor).toEqual([other.pid]);
  expect(mine).toMatchObject({ kind: "existed", record: { outcome: { state: "ok" } } });
  await until(() => words.includes("recorded"), "the other process has recorded");
});

test("a plan tells runs that exist, failed, run now and are missing apart", async () => {
  const checked = await checkRequest({
    methods: ["lora"],
    tasks: ["glue-sst2"],
    seeds: [0, 1, 2, 3],
    scale: "smoke",
    engine: "onnx",
    threads: 1,
    overrides: {},
  });
  const [pair] = checked.pairs;
  if (pair === undefined) throw new Error("no pair");
  const data = new Map([["glue-sst2", await plannedData(pair.task, pair.preset)]]);
  const plan = () => planCells({ root, checked, spec: "cpu-2core", data, force: false });
  const before = await plan();
  expect(before.map(({ state }) => state)).toEqual(["missing", "missing", "missing", "missing"]);
  const outcomes = ["ok", "timeout"].map((state) =>
    sampleOutcomes(1).find((outcome) => outcome.state === state),
  );
  for (const [index, outcome] of outcomes.entries()) {
    const job = before[index]?.job;
    if (job === undefined || outcome === undefined) throw new Error("no sample");
    await writeRecord(root, { ...sampleRecord({}), id: job.id, identity: job.identity, outcome });
  }
  const third = before[2]?.job;
  if (third === undefined) throw new Error("no third cell");
  takeClaim(root, { id: third.id, identity: third.identity, repeats: false }, new Date());
  expect((await plan()).map(({ state, outcome }) => [state, outcome])).toEqual([
    ["exists", "ok"],
    ["failed", "timeout"],
    ["running", null],
    ["missing", null],
  ]);
});

test("a damaged record strikes its own run alone: it is refused with its file, and replaced under --force", async () => {
  const planned = await cell("finish", ok);
  mkdirSync(dirname(planned.file), { recursive: true });
  writeFileSync(planned.file, '{"schema": 1, "id"');
  expect(await runCell(planned, settings())).toMatchObject({
    kind: "refused",
    reason: "storage",
    message: expect.stringContaining(planned.file),
    damaged: true,
  });
  expect(await runCell(planned, settings({ force: true }))).toMatchObject({
    kind: "recorded",
    stored: "replaced",
  });
  expect(readdirSync(dirname(planned.file))).toEqual([`${planned.job.id}.json`]);
});
