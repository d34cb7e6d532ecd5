// The worker of the fault campaign, in plain JavaScript so that it starts in a tenth of a second: takes the place of
// worker.js in a scratch checkout and ends as the plan file in RANKBENCH_FAULT_PLAN says, by default with the stored
// outcome of its cell. Everything around it is the real thing.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";

const watchdog = new Worker(new URL("./watchdog.js", import.meta.url), {
  workerData: { parent: process.ppid },
});
watchdog.unref();
process.once("disconnect", () => process.exit(0));

const plan = JSON.parse(readFileSync(process.env.RANKBENCH_FAULT_PLAN ?? "", "utf8"));
const { engine, data } = await import("./testing/worker-parts.js");
const progress = {
  kind: "progress",
  phase: "train",
  step: 1,
  steps: 10,
  doneSteps: 1,
  totalSteps: 10,
  loss: 0.5,
  validation: null,
  stepsPerSecond: 10,
};

function finish(outcome) {
  const parts = { phases: [], curves: [], notes: [], data, engine, contention: 0 };
  process.send({ kind: "finished", outcome, ...parts }, () => process.exit(0));
}

/** What a cell may do instead of ending well. */
const behaviours = {
  diverge: () => finish({ state: "diverged", stage: "train", step: 4, reason: "nan-loss", loss: null }),
  explode: () => finish({ state: "diverged", stage: "train", step: 4, reason: "loss-explosion", loss: 1e30 }),
  // More resident memory than the limit.
  resident() {
    const kept = [];
    setInterval(() => kept.push(Buffer.alloc(16_000_000, 1)), 5);
  },
  // V8's own end: it prints, and aborts.
  heap() {
    setFlagsFromString("--max-old-space-size=24");
    const kept = [];
    for (;;) kept.push({ text: `${kept.length}`.repeat(8) });
  },
  // What an engine says when an allocation fails.
  refused: () =>
    process.send({ kind: "crashed", message: "std::bad_alloc", stack: null }, () => process.exit(0)),
  // A hook that starts a child and never returns.
  hang() {
    spawn("sleep", ["600"], { stdio: "ignore" });
    for (;;);
  },
  // The same, and it does not listen; its child leads a session of its own.
  stubborn() {
    process.on("SIGTERM", () => {});
    spawn("sleep", ["600"], { stdio: "ignore", detached: true });
    setInterval(() => {}, 1000);
  },
  exit() {
    console.error("native abort: assertion failed");
    process.exit(42);
  },
};

process.once("message", (job) => {
  const { method, seed } = job.identity;
  const cell = `${method}-${seed}`;
  process.send({ kind: "opened", engine, data });
  process.send(progress);
  const behaviour = behaviours[plan.cells[cell]];
  const outcome = JSON.parse(readFileSync(`${plan.outcomes}/${cell}.json`, "utf8"));
  setTimeout(() => (behaviour === undefined ? finish(outcome) : behaviour()), plan.milliseconds);
});
