// What is said of done runs, and the code of a whole command.
import { expect, test } from "vitest";
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import { findMethod } from "#harness/method/registry.ts";
import type { Outcome, RunRecord } from "#harness/record/schema.ts";
import { sampleOutcomes, sampleRecord } from "#harness/record/testing/records.ts";
import type { Cell } from "#harness/run/plan.ts";
import type { CellResult } from "#harness/run/run-cell.ts";
import { findTask } from "#harness/task/registry.ts";
import type { DoneCell } from "./run-cells.ts";
import { codeOf, describeResult, resultDocument } from "./run-report.ts";
import { describeOutcome, recordLines } from "./show-run.ts";

const record = (state: Outcome["state"], changes: Partial<RunRecord> = {}): RunRecord => {
  const outcome = sampleOutcomes(0).find((each) => each.state === state);
  if (outcome === undefined) throw new Error(`no sample of ${state}`);
  return { ...sampleRecord({ outcome }), attempt: "fresh", ...changes };
};

const cell: Cell = {
  job: { id: record("ok").id, identity: record("ok").identity, engineOptions: {} },
  task: await findTask("glue-sst2"),
  method: await findMethod("galore"),
  data: { variant: "official", fingerprint: "0", notices: [], needsDownload: false, downloadBytes: 0 },
  command: "pnpm bench",
  file: "results/runs/x.json",
  state: "missing",
  outcome: null,
};

const recorded = (state: Outcome["state"]): CellResult => ({
  kind: "recorded",
  record: record(state),
  file: cell.file,
  stored: "written",
});
const existed: CellResult = { kind: "existed", record: record("ok"), file: cell.file };
const refused: CellResult = { kind: "refused", reason: "data", message: "damaged" };
const interrupted: CellResult = { kind: "interrupted" };

const code = (...results: CellResult[]): number =>
  codeOf(results.map((result): DoneCell => ({ cell, result })));

test("a command ends with 0 only if every run has a result, done or found", () => {
  expect(code(recorded("ok"), existed)).toBe(0);
  for (const state of ["diverged", "timeout", "out-of-memory", "crashed"] as const) {
    expect(code(recorded("ok"), recorded(state), recorded("ok"))).toBe(EXIT_CODES.failed.code);
  }
  expect(code(recorded("unsupported"))).toBe(EXIT_CODES.unsupported.code);
  expect(code(refused)).toBe(EXIT_CODES.data.code);
});

test("the first failure gives the code, and an interruption wins over all", () => {
  expect(code(recorded("unsupported"), recorded("timeout"))).toBe(EXIT_CODES.unsupported.code);
  expect(code(recorded("timeout"), interrupted)).toBe(EXIT_CODES.interrupted.code);
});

test("a line says what happened, with metric, time and the run's short id, and what the same command will do", () => {
  expect(describeResult(cell, recorded("ok"))).toMatch(
    /^galore on glue-sst2, seed 0: accuracy 8\d\.\d % \(.+, run [0-9a-f]{8}\)$/,
  );
  expect(describeResult(cell, existed)).toContain("exists, not repeated (--force repeats it)");
  expect(describeResult(cell, recorded("timeout"))).toMatch(
    /timeout .*recorded, and tried again.*\n.*step 8.*5\.5 s.*--timeout/,
  );
  const restarted: CellResult = {
    kind: "recorded",
    record: record("ok", { attempt: "restarted" }),
    file: "",
    stored: "written",
  };
  expect(describeResult(cell, restarted)).toContain("restarted after an attempt that was cut off");
  expect(describeResult(cell, { ...restarted, record: record("crashed"), stored: "kept" })).toContain(
    "the earlier record, which has a result, stays",
  );
});

test("every outcome has words that name stage, step and limit where they are known", () => {
  const words = Object.fromEntries(
    sampleOutcomes(0).map((outcome) => [outcome.state, describeOutcome(outcome)]),
  );
  expect(words).toMatchObject({
    ok: "ok",
    diverged: "diverged in train at step 37: the loss is not a number",
    "out-of-memory": "out-of-memory: more than 3.73 GiB (--memory-limit)",
    timeout: "timeout in train at step 8: it took longer than 5.5 s (--timeout)",
    unsupported: "unsupported: the task has no linear sites",
  });
});

test("a shown record names every metric by its title and unit, its phases, machine and command", () => {
  const shown = record("ok");
  const text = recordLines(shown, "results/runs/x.json").join("\n");
  for (const part of [
    "Accuracy",
    "Trainable parameters",
    "Latency, batch 1, p50",
    shown.command,
    shown.id,
    shown.environment.cpu,
    "results/runs/x.json",
  ]) {
    expect(text).toContain(part);
  }
  expect(text).toContain("undefined (not counted)");
  expect(text).not.toMatch(/NaN|\[object/);
  for (const outcome of sampleOutcomes(0))
    expect(recordLines(record(outcome.state), "x")[0]).toContain(shown.id);
});

test("the document has one entry a run, metrics as they are stored, and survives JSON", () => {
  const done = [recorded("ok"), recorded("timeout"), refused].map((result): DoneCell => ({ cell, result }));
  const document = JSON.parse(JSON.stringify(resultDocument(done, ["a warning"]))) as {
    runs: Record<string, unknown>[];
  };
  expect(document).toMatchObject({
    runs: [
      {
        result: "recorded",
        outcome: "ok",
        sample: false,
        metrics: { accuracy: { value: 0.84 + Math.sin(4.1414) / 100 } },
      },
      { result: "recorded", outcome: "timeout", detail: expect.stringContaining("5.5 s") },
      { result: "refused", error: { reason: "data", message: "damaged" } },
    ],
    warnings: ["a warning"],
  });
});
