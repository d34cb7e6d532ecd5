import { describe, expect, it } from "vitest";
import { hashOf } from "#harness/record/identity.ts";
import { sampleOutcomes, sampleRecord } from "#harness/record/testing/records.ts";
import type { AuthorMark, Trust } from "#harness/record/trust.ts";
import { failureText, runPage } from "./run-page.ts";

const page = (outcome = sampleOutcomes(1)[0], marks?: Trust) =>
  runPage({
    record: sampleRecord(outcome === undefined ? {} : { outcome }),
    measurements: [],
    board: null,
    methodTitle: "GaLore",
    taskTitle: "SST-2",
    quality: "accuracy",
    classes: ["negative", "positive"],
    usual: null,
    marks,
  });

const SEEN: AuthorMark = {
  schema: 1,
  task: "glue-sst2",
  method: "galore",
  config: hashOf(sampleRecord().identity.config),
  by: "A. Author",
  where: "https://example.org/thread/7",
  at: "2026-03-02T10:00:00.000Z",
};
/** Marks of a checkout in which one run was repeated and one configuration was looked at. */
const MARKS: Trust = {
  levelOf: (run) => (run === sampleRecord().id ? "verified" : "self-reported"),
  leastOf: () => "self-reported",
  authorOf: ({ task, method, config }) =>
    task === SEEN.task && method === SEEN.method && config === SEEN.config ? SEEN : null,
};

describe("the page of a run", () => {
  it("says in a sentence why there is no result, for every outcome", () => {
    expect(sampleOutcomes(1).map(failureText)).toEqual([
      null,
      'Diverged at step 37 of stage "train": the loss became NaN.',
      "Out of memory. Limit: 3.73 GiB.",
      'Stopped at step 8 of stage "train" after the time limit of 5.5 s.',
      'Crashed in stage "finish" (exit code 134): a "quoted"\tline\nof naïve 🙂 \u0000 text',
      "Not supported: the task has no linear sites.",
    ]);
  });

  it("lists what was measured with its definition, and why a metric has no value", () => {
    const { metrics, memory } = page();
    expect(metrics.find(({ id }) => id === "multiply-adds")?.text).toBe("undefined (not counted)");
    expect(metrics.every(({ metric }) => metric.definition.length > 20)).toBe(true);
    expect(memory?.parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it("tells how far its numbers were checked and who looked at its settings; a run without numbers was not checked", () => {
    expect(page(sampleOutcomes(1)[0], MARKS)).toMatchObject({
      trust: "verified",
      review: { by: "A. Author" },
    });
    expect(page(sampleOutcomes(1)[1], MARKS)).toMatchObject({ trust: null, review: { by: "A. Author" } });
    expect(page()).toMatchObject({ trust: null, review: null });
  });

  it("draws the curves that it has and leaves out empty stages", () => {
    const { curves } = page();
    expect(curves.map(({ stage, plots }) => [stage, plots.length])).toEqual([["train", 2]]);
  });
});
