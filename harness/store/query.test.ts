import { afterAll, beforeAll, expect, test } from "vitest";
import type { Identity } from "#harness/record/identity.ts";
import type { Outcome, RunRecord } from "#harness/record/schema.ts";
import { sampleIdentity, sampleOutcomes, sampleRecord } from "#harness/record/testing/records.ts";
import { openStore, type Store } from "./database.ts";
import { ingest } from "./ingest.ts";
import { existingStates } from "./plan-query.ts";
import { cohort, cohortOf, countRuns, existing, listCohorts, listRuns } from "./query.ts";

const timeout: Outcome = { state: "timeout", stage: "train", step: 3, limitSeconds: 5 };

function make(identity: Partial<Identity>, minute: number, outcome?: Outcome): RunRecord {
  const startedAt = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
  return sampleRecord({ identity, startedAt, ...(outcome === undefined ? {} : { outcome }) });
}

const galore = [0, 1, 2].map((seed) => make({ seed }, seed));
const wide = make({ seed: 0, config: { rank: 16 } }, 10);
const lora = make({ method: "lora", seed: 1 }, 20);
const failed = make({ method: "lora", seed: 2 }, 21, timeout);
const others = [
  make({ scale: "smoke" }, 30),
  make({ spec: "local-00000000" }, 31),
  make({ engine: "tfjs-cpu" }, 32),
  make({ data: "sample:1" }, 33),
  make({ taskVersion: 2 }, 34),
  make({ protocol: 99 }, 35),
  make({ task: "glue-cola" }, 36),
];

let store: Store;
beforeAll(() => {
  store = openStore(":memory:");
  for (const record of [...galore, wide, lora, failed, ...others]) ingest(store, record);
});
afterAll(() => store.close());

test("a cohort holds exactly the runs that agree on task, version, scale, machine, engine, protocol and data, by arm and seed", () => {
  const arms = cohort(store, cohortOf(sampleIdentity()));
  const shape = arms.map((arm) => [
    arm.method,
    arm.config.rank,
    arm.runs.map((run) => [run.seed, run.state]),
  ]);
  expect(shape).toHaveLength(3);
  expect(shape).toContainEqual([
    "galore",
    8,
    [
      [0, "ok"],
      [1, "ok"],
      [2, "ok"],
    ],
  ]);
  expect(shape).toContainEqual(["galore", 16, [[0, "ok"]]]);
  expect(shape).toContainEqual([
    "lora",
    8,
    [
      [1, "ok"],
      [2, "timeout"],
    ],
  ]);
});

test("a cohort's runs carry all metrics, those without a value with their reason, and failed runs none", () => {
  const arms = cohort(store, cohortOf(sampleIdentity()));
  const runs = arms.flatMap((arm) => arm.runs);
  for (const record of [...galore, wide, lora]) {
    const expected = record.outcome.state === "ok" ? record.outcome.result.metrics : {};
    expect(runs.find((run) => run.id === record.id)?.metrics).toEqual(expected);
  }
  expect(runs.find((run) => run.id === failed.id)?.metrics).toEqual({});
});

test("runs are listed newest first, filtered, limited, with the metrics asked for", () => {
  expect(listRuns(store).map((run) => run.id)).toEqual(
    [...others]
      .reverse()
      .concat(failed, lora, wide, [...galore].reverse())
      .map((run) => run.id),
  );
  expect(listRuns(store, { limit: 2 }).map((run) => run.id)).toEqual([others[6]?.id, others[5]?.id]);
  expect(listRuns(store, { method: "lora" })).toHaveLength(2);
  expect(listRuns(store, { method: ["lora", "nothing"], state: "timeout" }).map((run) => run.id)).toEqual([
    failed.id,
  ]);
  expect(listRuns(store, { task: ["glue-cola", "glue-sst2"], seed: 2 })).toHaveLength(2);
  expect(listRuns(store, { task: [] })).toHaveLength(13);
  const [run] = listRuns(store, { method: "lora", seed: 1, metrics: ["accuracy"] });
  expect(run?.metrics).toEqual({
    accuracy: lora.outcome.state === "ok" ? lora.outcome.result.metrics.accuracy : null,
  });
  expect(listRuns(store, { method: "lora", seed: 1 })[0]?.metrics).toEqual({});
});

test("counts by outcome and the list of cohorts add up", () => {
  expect(countRuns(store)).toEqual({ ok: 12, timeout: 1 });
  const cohorts = listCohorts(store);
  expect(cohorts).toHaveLength(8);
  expect(cohorts.reduce((sum, each) => sum + each.runs, 0)).toBe(13);
  expect(cohorts.find((each) => each.runs === 6)).toMatchObject({
    ...cohortOf(sampleIdentity()),
    methods: 2,
  });
});

test("a run that exists is told with its outcome, one that does not is not", () => {
  expect(existing(store, failed.id)).toMatchObject({
    state: "timeout",
    dataVariant: "mirror",
    contention: 0.125,
  });
  expect(existing(store, "0".repeat(16))).toBeUndefined();
  expect(existingStates(store, [lora.id, failed.id, "0".repeat(16)])).toEqual(
    new Map([
      [lora.id, { state: "ok", methodCode: null, taskCode: null }],
      [failed.id, { state: "timeout", methodCode: null, taskCode: null }],
    ]),
  );
});

test("every outcome can be listed by its state", () => {
  const all = openStore(":memory:");
  const outcomes = sampleOutcomes(1);
  for (const [seed, outcome] of outcomes.entries()) ingest(all, make({ seed }, seed, outcome));
  for (const outcome of outcomes) expect(listRuns(all, { state: outcome.state })).toHaveLength(1);
  all.close();
});
