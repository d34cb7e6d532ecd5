import { expect, it } from "vitest";
import { sampleOutcomes, sampleRecord } from "#harness/record/testing/records.ts";
import { openStore } from "#harness/store/database.ts";
import { ingest } from "#harness/store/ingest.ts";
import { listRuns } from "#harness/store/query.ts";
import { latestChanges } from "./changes.ts";

it("what changed lately is told by day, board and method, newest first, failures counted", () => {
  const store = openStore(":memory:");
  const failed = sampleOutcomes(1)[1];
  const at = (finishedAt: string, method: string, seed: number, outcome?: typeof failed) => ({
    ...sampleRecord({ identity: { method, seed }, ...(outcome === undefined ? {} : { outcome }) }),
    finishedAt,
  });
  ingest(store, at("2026-03-01T10:00:00.000Z", "lora", 0));
  ingest(store, at("2026-03-01T12:00:00.000Z", "lora", 1, failed));
  ingest(store, at("2026-03-02T09:00:00.000Z", "svd", 0));
  const told = latestChanges(listRuns(store), 10).map(({ day, method, runs, failed: lost }) => [
    day,
    method,
    runs,
    lost,
  ]);
  expect(told).toEqual([
    ["2026-03-02", "svd", 1, 0],
    ["2026-03-01", "lora", 2, 1],
  ]);
  expect(latestChanges(listRuns(store), 1).length).toBe(1);
  store.close();
});
