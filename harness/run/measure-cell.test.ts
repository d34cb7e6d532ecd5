// One run measured instead of done, with fake workers: how the process is started, what is stored, what is not.
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findMethod } from "#harness/method/registry.ts";
import { recordPath } from "#harness/record/file.ts";
import { sampleOutcomes } from "#harness/record/testing/records.ts";
import { openStore, type Store } from "#harness/store/database.ts";
import { storedMeasurements } from "#harness/store/measurements.ts";
import { findTask } from "#harness/task/registry.ts";
import { type MeasureSettings, measureCell } from "./measure-cell.ts";
import type { Cell } from "./plan.ts";
import { FAKE_WORKER, fakeJob } from "./testing/fixtures.ts";

const never = new AbortController().signal;
let root = "";
let store: Store;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rankbench-measure-"));
  store = openStore(join(root, "results", "rankbench.sqlite"));
});
afterEach(() => {
  store.close();
  rmSync(root, { recursive: true, force: true });
});

const settings = (changes: Partial<MeasureSettings> = {}): MeasureSettings => ({
  root,
  store,
  timeoutSeconds: 30,
  memoryLimitBytes: null,
  force: false,
  interruption: { stop: never, now: never },
  onEvent: () => {},
  worker: FAKE_WORKER,
  ...changes,
});

/** A cell whose worker does what `behaviour` says. */
async function cell(behaviour: string, config = {}): Promise<Cell> {
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
  } as Cell;
}

const stored = (): string[] =>
  existsSync(join(root, "results", "runs"))
    ? readdirSync(join(root, "results", "runs"), { recursive: true, encoding: "utf8" }).filter((name) =>
        name.endsWith(".json"),
      )
    : [];

test("the process is started in exact mode, and the median above the base line is stored with the run's id", async () => {
  const result = await measureCell(await cell("measures"), "memory", settings());
  if (result.kind !== "measured") throw new Error(result.kind);
  expect(result.measurement).toMatchObject({
    id: fakeJob("measures").id,
    identity: { method: "measures" },
    value: 600,
    notes: ["memory", "--expose-gc --max-semi-space-size=1", "65536"],
    command: "pnpm bench --method lora --measure memory",
  });
  expect(storedMeasurements(store, result.measurement.id)).toEqual([result.measurement]);
  expect(stored()).toEqual([join("glue-sst2", "measures", `${result.measurement.id}.memory.json`)]);
});

test("a run that was measured is shown and not measured again, unless it is forced", async () => {
  const first = await measureCell(await cell("measures"), "memory", settings());
  const again = await measureCell(await cell("measures"), "memory", settings());
  if (first.kind !== "measured" || again.kind !== "existed") throw new Error(again.kind);
  expect(again.measurement).toEqual(first.measurement);
  expect((await measureCell(await cell("measures"), "memory", settings({ force: true }))).kind).toBe(
    "measured",
  );
});

test("a process that dies, says no or is interrupted leaves nothing behind", async () => {
  expect(await measureCell(await cell("exits"), "memory", settings())).toMatchObject({
    kind: "failed",
    outcome: { state: "crashed", exitCode: 42 },
  });
  const unsupported = sampleOutcomes(1).find(({ state }) => state === "unsupported");
  expect(await measureCell(await cell("finish", { outcome: unsupported }), "memory", settings())).toEqual({
    kind: "failed",
    outcome: unsupported,
  });
  const stopped = AbortSignal.abort();
  expect(
    await measureCell(
      await cell("measures"),
      "memory",
      settings({ interruption: { stop: stopped, now: never } }),
    ),
  ).toEqual({ kind: "interrupted" });
  expect(stored()).toEqual([]);
});
