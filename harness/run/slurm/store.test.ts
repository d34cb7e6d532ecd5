// An element may run twice, and two may end at once: which record stands, and what is kept aside.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseRecord, recordPath, writeRecord } from "#harness/record/file.ts";
import { sampleOutcomes, sampleRecord } from "#harness/record/testing/records.ts";
import { unequalRecords } from "./ledger.ts";
import { recordHash, storeOnce } from "./store.ts";

const NAME = "rankbench-0123456789ab";
let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rankbench-once-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const record = sampleRecord();
const [, diverged] = sampleOutcomes(0);
if (diverged === undefined) throw new Error("there is an outcome without a result");
const failed = sampleRecord({ outcome: diverged });
/** The same run at another time: the same bits. */
const later = sampleRecord({ startedAt: "2026-03-01T10:01:00.000Z" });
/** The same run with other bits. */
const other = { ...record, outcome: sampleOutcomes(1)[0] ?? diverged };
const file = () => recordPath(root, record);
const standing = () => parseRecord(readFileSync(file()), file());
const store = (one: typeof record, replaces: string | null = null) => storeOnce(root, NAME, one, replaces);

describe("a record of an element", () => {
  it("is written where there is none", async () => {
    expect(await store(record)).toBe("written");
    expect(standing()).toEqual(record);
  });

  it("is dropped where an equal one stands", async () => {
    await store(record);
    expect(await store(later)).toBe("equal");
    expect(standing()).toEqual(record);
    expect(unequalRecords(root)).toEqual([]);
  });

  it("is kept aside where another one stands, and told", async () => {
    await store(record);
    expect(await store(other)).toBe("unequal");
    expect(standing()).toEqual(record);
    const [aside, ...more] = unequalRecords(root);
    expect(more).toEqual([]);
    expect(parseRecord(readFileSync(aside ?? ""), "aside")).toEqual(other);
  });

  it("takes the place of another attempt's failure, and a failure never that of a result", async () => {
    await store(failed);
    expect(await store(record)).toBe("replaced");
    expect(await store(failed)).toBe("kept");
    expect(standing()).toEqual(record);
  });

  it("replaces the one that was to be replaced, once", async () => {
    await writeRecord(root, other);
    const stale = recordHash(file());
    const both = await Promise.all([store(record, stale), store(later, stale)]);
    expect(both.sort()).toEqual(["equal", "replaced"]);
    expect(standing().outcome).toEqual(record.outcome);
    expect(unequalRecords(root)).toEqual([]);
  });

  it("without a result leaves a stale result where it is", async () => {
    await writeRecord(root, other);
    expect(await store(failed, recordHash(file()))).toBe("kept");
    expect(standing()).toEqual(other);
  });

  it("is one and whole when ten are written at once", async () => {
    const results = await Promise.all(Array.from({ length: 10 }, () => store(record)));
    expect(results.filter((result) => result === "written")).toHaveLength(1);
    expect(results.filter((result) => result === "equal")).toHaveLength(9);
    expect(readdirSync(dirname(file()))).toEqual([`${record.id}.json`]);
  });
});
