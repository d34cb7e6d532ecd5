import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeRecord } from "#harness/record/file.ts";
import { measurementPath, renderMeasurement, writeMeasurement } from "#harness/record/measurement.ts";
import { sampleMeasurement, sampleOutcomes, sampleRecord } from "#harness/record/testing/records.ts";
import { openStore, type Store } from "./database.ts";
import { ingest } from "./ingest.ts";
import { ingestMeasurement, storedMeasurements } from "./measurements.ts";
import { cohort, cohortOf, listRuns } from "./query.ts";
import { exportRecords, rebuild, syncWithFiles } from "./sync.ts";

let root = "";
let path = "";
let store: Store;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rankbench-measurements-"));
  path = join(root, "results", "rankbench.sqlite");
  store = openStore(path);
});
afterEach(() => {
  store.close();
  rmSync(root, { recursive: true, force: true });
});

const measurement = sampleMeasurement();
const record = sampleRecord();

test("a measurement counts among its run's costs, in lists and in cohorts, and splits no cohort", () => {
  const other = sampleRecord({ identity: { seed: 3 } });
  ingest(store, record);
  ingest(store, other);
  ingestMeasurement(store, root, measurement);
  const measured = listRuns(store, { metrics: "all" }).map(({ id, metrics }) => [
    id,
    metrics["memory-measured-peak"],
  ]);
  expect(new Map(measured as [string, unknown][])).toEqual(
    new Map<string, unknown>([
      [record.id, { value: measurement.value }],
      [other.id, undefined],
    ]),
  );
  const arms = cohort(store, cohortOf(record.identity), ["memory-measured-peak"]);
  expect(arms).toHaveLength(1);
  expect(arms[0]?.runs.map(({ metrics }) => metrics)).toContainEqual({
    "memory-measured-peak": { value: measurement.value },
  });
  expect(storedMeasurements(store, record.id)).toEqual([measurement]);
});

test("a run may be measured before it is done; a run without a result shows no measured cost", () => {
  ingestMeasurement(store, root, measurement);
  expect(storedMeasurements(store, record.id)).toEqual([measurement]);
  const failed = sampleOutcomes(1).find(({ state }) => state === "timeout");
  if (failed === undefined) throw new Error("no such outcome");
  ingest(store, { ...record, outcome: failed });
  expect(listRuns(store, { metrics: "all" })[0]?.metrics).toEqual({});
});

test("files win: what is new, changed or gone among them is so in the database", async () => {
  await writeRecord(root, record);
  await writeMeasurement(root, measurement);
  await syncWithFiles(store, root);
  expect(storedMeasurements(store, record.id)).toEqual([measurement]);
  const changed = { ...measurement, command: "another command" };
  await writeMeasurement(root, changed);
  await syncWithFiles(store, root);
  expect(storedMeasurements(store, record.id)).toEqual([changed]);
  rmSync(measurementPath(root, record, "memory"));
  await syncWithFiles(store, root);
  // It may be the last copy; a rebuild makes the database what the files say.
  expect(storedMeasurements(store, record.id)).toEqual([changed]);
  await exportRecords(store, root);
  expect(readFileSync(measurementPath(root, record, "memory"), "utf8")).toBe(renderMeasurement(changed));
  rmSync(measurementPath(root, record, "memory"));
  await rebuild(root, path);
  expect(storedMeasurements(store, record.id)).toEqual([]);
});

test("a damaged file is told, and what the database has of it stays", async () => {
  await writeMeasurement(root, measurement);
  await syncWithFiles(store, root);
  const file = measurementPath(root, record, "memory");
  writeFileSync(file, "{}");
  const { refused } = await syncWithFiles(store, root);
  expect(refused.map((each) => each.file)).toEqual([file]);
  expect(storedMeasurements(store, record.id)).toEqual([measurement]);
});
