// Progress lines: what they say of an event, how often they come, that a bar never wraps.
import { expect, test } from "vitest";
import type { ProgressEvent } from "#harness/train/job.ts";
import { barLine, describeProgress, downloadView, plainLine, progressView } from "./progress.ts";
import type { Terminal } from "./session.ts";

const accuracy = { short: "accuracy", unit: "share" } as const;

const event = (changes: Partial<ProgressEvent> = {}): ProgressEvent => ({
  kind: "progress",
  phase: "train",
  step: 120,
  steps: 438,
  doneSteps: 120,
  totalSteps: 438,
  loss: 0.41234,
  validation: 0.841,
  stepsPerSecond: 5.3,
  ...changes,
});

function fakeTerminal() {
  const lines: string[] = [];
  const terminal: Terminal = {
    out: () => {},
    err: (text) => void lines.push(text),
    columns: 80,
    outIsTty: false,
    errIsTty: false,
    env: {},
  };
  return { terminal, lines };
}

test("loss, validation metric, speed and time left are told, with units", () => {
  // 318 steps at 5.3 a second are 60 seconds.
  expect(plainLine("lora seed 0", event(), accuracy)).toBe(
    "lora seed 0: train 120/438 | 1 min 00 s left | loss 0.412 | val accuracy 84.1 % | 5.3 steps/s",
  );
});

test("what is not known is left out, and nothing is ever NaN", () => {
  expect(describeProgress(event({ loss: null, validation: null, stepsPerSecond: null }), accuracy)).toBe("");
  expect(describeProgress(event({ stepsPerSecond: 0, totalSteps: 0 }), accuracy)).not.toMatch(
    /NaN|Infinity|left/,
  );
  expect(
    plainLine(
      "x",
      event({ steps: 0, step: 0, phase: "data", loss: null, validation: null, stepsPerSecond: null }),
      accuracy,
    ),
  ).toBe("x: data");
});

test("without a terminal a line comes at each new phase, at its end, and else every five seconds", () => {
  let now = 0;
  const { terminal, lines } = fakeTerminal();
  const view = progressView(terminal, "lora", accuracy, () => now);
  for (let step = 1; step <= 12; step++) {
    now = step * 1000;
    view.show(event({ step, steps: 12 }));
  }
  view.show(event({ phase: "test", step: 0, steps: 0 }));
  view.stop();
  expect(lines.map((line) => /train \d+|test/.exec(line)?.[0])).toEqual([
    "train 1",
    "train 6",
    "train 11",
    "train 12",
    "test",
  ]);
});

test("the bar's line grows with the share of all steps and is cut to the terminal", () => {
  expect(barLine("lora", event({ doneSteps: 219 }), accuracy, 200)).toMatch(
    /^\[#{10}-{10}\] {2}50 % lora: train/,
  );
  expect(barLine("lora", event({ totalSteps: 0, doneSteps: 0 }), accuracy, 200)).toContain("  0 %");
  expect(barLine("lora", event({ doneSteps: 999 }), accuracy, 200)).toContain("100 %");
  for (const columns of [40, 60, 100, 120]) {
    const line = barLine("a-long-method-name", event(), accuracy, columns);
    expect(line.length).toBeLessThan(columns);
    if (columns >= 60) expect(line).toContain("train 120/438");
  }
});

test("a download tells bytes, share and where it was resumed", () => {
  const { terminal, lines } = fakeTerminal();
  const { show } = downloadView(terminal, "glue-sst2", () => 0);
  const url = "http://127.0.0.1/x";
  show({ url, receivedBytes: 1_048_576, totalBytes: 4_194_304, resumedFrom: 524_288 });
  show({ url, receivedBytes: 2_097_152, totalBytes: 4_194_304, resumedFrom: 524_288 });
  show({ url, receivedBytes: 4_194_304, totalBytes: 4_194_304, resumedFrom: 524_288 });
  expect(lines).toEqual([
    "downloading glue-sst2: 1.00 MiB of 4.00 MiB (25 %), resumed at 512 KiB\n",
    "downloading glue-sst2: 4.00 MiB of 4.00 MiB (100 %), resumed at 512 KiB\n",
  ]);
});
