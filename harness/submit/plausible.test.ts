// Real stored runs are plausible; each with one number changed is not.
import { describe, expect, it } from "vitest";
import { readRecords, recordName } from "#harness/record/file.ts";
import type { MetricId } from "#harness/record/metrics.ts";
import { packArray } from "#harness/record/pack.ts";
import type { RunRecord, RunResult } from "#harness/record/schema.ts";
import type { Task } from "#harness/task/contract.ts";
import { findTask } from "#harness/task/registry.ts";
import { judgePlausible } from "./plausible.ts";
import { judgeSeeds, judgeTexts, textProblem } from "./record-rules.ts";
import { brokenLines } from "./rules.ts";
import type { Submitted } from "./submitted.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const TASK = "glue-sst2";
const MOST = 6;

const stored: Submitted[] = [];
for await (const read of readRecords(ROOT)) {
  if (!read.ok || read.record.identity.task !== TASK || read.record.outcome.state !== "ok") continue;
  stored.push({ path: recordName(read.record), record: read.record });
  if (stored.length === MOST) break;
}
const task: Task = await findTask(TASK);
const taskOf = (id: string): Task | undefined => (id === TASK ? task : undefined);

function resultOf(record: RunRecord): RunResult {
  if (record.outcome.state !== "ok") throw new Error("no result");
  return record.outcome.result;
}

/** What is said of the first stored run after `spoil` had its copy. */
function spoilt(spoil: (record: RunRecord, result: RunResult) => void, accepted = stored.slice(1)): string {
  const [first] = stored;
  if (first === undefined) throw new Error(`no stored run of ${TASK}`);
  const record = structuredClone(first.record);
  spoil(record, resultOf(record));
  const others = accepted.map(({ record: other }) => other);
  return brokenLines(judgePlausible([{ path: first.path, record }], others, taskOf)).join("\n");
}

const set = (id: MetricId, change: (value: number) => number) => (_: RunRecord, result: RunResult) => {
  const measured = result.metrics[id];
  if (measured === undefined || !("value" in measured)) throw new Error(`no ${id}`);
  measured.value = change(measured.value);
};

describe("the numbers of a record", () => {
  it("are plausible in stored runs", () => {
    expect(stored.length).toBeGreaterThan(0);
    expect(brokenLines(judgePlausible(stored, [], taskOf))).toEqual([]);
    expect(stored.flatMap(judgeTexts)).toEqual([]);
  });

  it.each([
    [
      "an accuracy that its predictions do not give",
      set("accuracy", (v) => v + 0.01),
      /its predictions give/,
    ],
    ["a share above one", set("accuracy", () => 1.2), /outside \[0, 1\]/],
    ["half a parameter", set("parameters-trainable", (v) => v + 0.5), /no whole number/],
    ["a peak below its parts", set("memory-logical-peak", (v) => v / 2), /its parts give/],
    ["more trained numbers than numbers", set("parameters-trainable", (v) => v * 1e6), /trains more numbers/],
    ["other steps than its phases", set("steps-total", (v) => v - 1), /other steps/],
    ["less training time than its phases", set("time-training", (v) => v / 2), /its phases give/],
    ["more time than between its start and end", set("time-total", (v) => v + 1e6), /that are .* s apart/],
    [
      "a latency that its table does not have",
      set("latency-1-p50", (v) => v / 2),
      /its metrics do not repeat/,
    ],
    ["a hundred times the speed of its cohort", set("steps-per-second", (v) => v * 1e4), /the fastest run/],
  ])("are not with %s", (_, spoil, reason) => {
    expect(spoilt(spoil)).toMatch(reason);
  });

  it("are not where a metric is missing, or the truths are others", () => {
    expect(spoilt((_, { metrics }) => delete metrics["multiply-adds"])).toMatch(/has no multiply-adds/);
    const flipped = spoilt((_, result) => {
      const [items = 0] = result.predictions.targets.shape;
      result.predictions.targets = packArray(new Int32Array(items), [items]);
    });
    expect(flipped).toMatch(/other true values/);
  });
});

describe("seeds", () => {
  const withSeeds = (...seeds: readonly number[]): Submitted[] =>
    seeds.flatMap((seed) => {
      const [first] = stored;
      if (first === undefined) return [];
      const { record } = first;
      return [{ path: `${seed}`, record: { ...record, identity: { ...record.identity, seed } } }];
    });
  const judged = (...seeds: readonly number[]): string =>
    brokenLines(judgeSeeds(withSeeds(...seeds), [])).join("\n");

  it("count from 0 without a gap, three at least", () => {
    expect([judged(0, 1, 2), judged(2, 0, 1, 3)]).toEqual(["", ""]);
    expect(judged(0, 1)).toMatch(/missing: 2/);
    expect(judged(1, 2, 3)).toMatch(/missing: 0/);
    expect(judged(0, 1, 2, Number.MAX_SAFE_INTEGER)).toMatch(/missing: 3, 4, 5, 6, 7, \.\.\./);
    expect(judged(0, 1, 2, 9)).toMatch(/missing: 3, 4, 5, 6, 7, \.\.\./);
  });

  it("may be stored already", () => {
    const accepted = withSeeds(0, 1).map(({ record }) => record);
    expect(judgeSeeds(withSeeds(2), accepted)).toEqual([]);
  });
});

it("texts may hold a comparison and an umlaut, but no markup and nothing unseen", () => {
  expect([textProblem("rank < 4 & alpha > 2"), textProblem("Müller, 25 °C")]).toEqual([null, null]);
  for (const bad of [
    "<b>x</b>",
    "a <!-- b",
    "&#60;",
    "javascript:x",
    "a\u202eb",
    "a\u0000b",
    "zero\u200bwidth",
  ])
    expect(textProblem(bad), bad).not.toBeNull();
});
