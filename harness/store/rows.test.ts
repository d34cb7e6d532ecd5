import { expect, test } from "vitest";
import { formatRecord } from "#harness/record/format.ts";
import { sampleOutcomes, sampleRecord, sampleResult } from "#harness/record/testing/records.ts";
import { openStore } from "./database.ts";
import { ingest } from "./ingest.ts";
import { storedRecord } from "./read.ts";
import { leastOfficial } from "./rows.ts";

const written = { ...sampleResult(1), generated: 'Once <b>"upon"</b> a time' };

const records = [
  ...sampleOutcomes(3).map((outcome, seed) => sampleRecord({ outcome, identity: { seed } })),
  sampleRecord({ identity: { config: {}, seed: Number.MAX_SAFE_INTEGER } }),
  sampleRecord({ identity: { seed: 99 }, outcome: { state: "ok", result: written } }),
  { ...sampleRecord({ identity: { seed: 100 } }), phases: [], curves: [], data: [], notes: [] },
];

test.each(records.map((record) => [record.outcome.state, record.identity.seed, record] as const))(
  "%s (seed %i): the rows in SQLite give back the same record and the same bytes",
  (_state, _seed, record) => {
    const store = openStore(":memory:");
    expect(ingest(store, record)).toBe("added");
    const read = storedRecord(store, record.id);
    expect(read).toEqual(record);
    expect(read === undefined ? "" : formatRecord(read)).toBe(formatRecord(record));
    store.close();
  },
);

test("the variant of a run is the least official one of its files", () => {
  const files = (...variants: ("official" | "mirror" | "sample")[]) =>
    variants.map((variant) => ({ variant }));
  expect(leastOfficial(files("official", "sample", "mirror"))).toBe("sample");
  expect(leastOfficial(files("official", "mirror"))).toBe("mirror");
  expect(leastOfficial(files("official"))).toBe("official");
  expect(leastOfficial([])).toBeNull();
});
