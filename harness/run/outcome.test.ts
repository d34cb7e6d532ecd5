// What the end of a worker means for the record.
import { expect, test } from "vitest";
import { outcomeSchema } from "#harness/record/schema.ts";
import { judge, type Verdict } from "./outcome.ts";
import type { WorkerEnd } from "./supervisor.ts";

const progress = (doneSteps: number) =>
  ({
    kind: "progress",
    phase: "train",
    step: doneSteps,
    steps: 20,
    doneSteps,
    totalSteps: 20,
    loss: 0.4,
    validation: null,
    stepsPerSecond: 3,
  }) as const;

const partial = {
  kind: "partial",
  stage: "train",
  step: 5,
  phases: [{ name: "data", kind: "load", steps: 0, examples: 0, seconds: 0.5, cached: false }],
  curves: [],
  notes: ["rank clipped to 48"],
} as const;

const end = (changes: Partial<WorkerEnd>): WorkerEnd => ({
  stopped: null,
  last: null,
  opened: null,
  partial: null,
  progress: null,
  exitCode: 0,
  signal: null,
  peakBytes: 0,
  kernelOutOfMemory: false,
  printed: "",
  ...changes,
});

const limits = { timeoutSeconds: 5, memoryLimitBytes: 4e9 };

function outcome(verdict: Verdict) {
  if (verdict.kind !== "recorded") throw new Error(`not recorded: ${verdict.kind}`);
  return outcomeSchema.parse(verdict.content.outcome);
}

test("a timeout keeps phases, notes and the last step seen", () => {
  const verdict = judge(
    end({ stopped: "timeout", signal: "SIGTERM", partial, progress: progress(7) }),
    limits,
  );
  expect(outcome(verdict)).toEqual({ state: "timeout", stage: "train", step: 7, limitSeconds: 5 });
  expect(verdict).toMatchObject({ content: { phases: partial.phases, notes: ["rank clipped to 48"] } });
});

test("the memory limit, the kernel's killer and allocators that give up are all out of memory", () => {
  const over = judge(end({ stopped: "memory", peakBytes: 5e9, progress: progress(2) }), limits);
  expect(outcome(over)).toEqual({
    state: "out-of-memory",
    stage: "train",
    step: 2,
    limitBytes: 4e9,
    peakBytes: 5e9,
  });
  const killed = judge(end({ exitCode: null, signal: "SIGKILL", kernelOutOfMemory: true }), limits);
  expect(outcome(killed)).toMatchObject({ state: "out-of-memory", limitBytes: null, peakBytes: null });
  for (const printed of [
    "terminate called after throwing 'std::bad_alloc'",
    "FATAL ERROR: JavaScript heap out of memory",
  ]) {
    expect(outcome(judge(end({ exitCode: null, signal: "SIGABRT", printed }), limits)).state).toBe(
      "out-of-memory",
    );
  }
  const said = {
    kind: "refused",
    reason: "engine",
    message: "MatMul: Failed to allocate memory for requested buffer",
  } as const;
  expect(outcome(judge(end({ last: said, progress: progress(3) }), limits)).state).toBe("out-of-memory");
});

test("a kill from outside that the kernel did not do for memory is a crash with its signal", () => {
  const verdict = judge(end({ exitCode: null, signal: "SIGKILL" }), limits);
  expect(outcome(verdict)).toMatchObject({
    state: "crashed",
    signal: "SIGKILL",
    message: expect.stringContaining("SIGKILL"),
  });
});

test("a crash quotes the last that was printed, and an exit without a word is a crash as well", () => {
  const verdict = judge(end({ exitCode: 42, printed: "\nnative abort: assertion failed\n" }), limits);
  expect(outcome(verdict)).toMatchObject({
    state: "crashed",
    exitCode: 42,
    message: "the worker process ended by exit code 42\nnative abort: assertion failed",
  });
  expect(outcome(judge(end({}), limits)).state).toBe("crashed");
});

test("a refusal before training is not recorded; the same words after training are a crash", () => {
  const last = { kind: "refused", reason: "engine", message: "engine onnx-cuda: not available" } as const;
  expect(judge(end({ last }), limits)).toEqual({ kind: "refused", reason: "engine", message: last.message });
  expect(outcome(judge(end({ last, progress: progress(4) }), limits))).toMatchObject({
    state: "crashed",
    step: 4,
  });
});

test("a full disk is never recorded, whenever it happens", () => {
  const last = { kind: "refused", reason: "storage", message: "the disk is full" } as const;
  expect(judge(end({ last, progress: progress(4) }), limits)).toMatchObject({
    kind: "refused",
    reason: "storage",
  });
});

test("a method that refuses the task is recorded as unsupported", () => {
  const last = { kind: "refused", reason: "unsupported", message: "no linear sites" } as const;
  expect(outcome(judge(end({ last }), limits))).toEqual({ state: "unsupported", reason: "no linear sites" });
});

test("a stop by the user is no outcome, and tells how far the run was", () => {
  const verdict = judge(end({ stopped: "interrupt", signal: "SIGTERM", progress: progress(9) }), limits);
  expect(verdict).toEqual({ kind: "interrupted", phase: "train", step: 9 });
});

test("a worker that said its last word before it was stopped is taken at its word", () => {
  const last = {
    kind: "finished",
    outcome: { state: "diverged", stage: "train", step: 3, reason: "nan-loss", loss: null },
    phases: [],
    curves: [],
    notes: [],
    data: [],
    engine: { name: "onnx", versions: {}, provider: "cpu", threads: 1, optimisation: "all" },
    contention: null,
  } as const;
  const verdict = judge(end({ last: last, signal: "SIGKILL", exitCode: null }), limits);
  expect(outcome(verdict).state).toBe("diverged");
});
