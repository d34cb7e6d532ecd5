// A worker for tests of the supervisor: behaves as the job's method id says, without engine, data or TypeScript.
import { spawn } from "node:child_process";
import { Worker } from "node:worker_threads";
import { engine } from "./worker-parts.js";

const watchdog = new Worker(new URL("../watchdog.js", import.meta.url), {
  workerData: { parent: process.ppid },
});
watchdog.unref();

const progress = (step) => ({
  kind: "progress",
  phase: "train",
  step,
  steps: 20,
  doneSteps: step,
  totalSteps: 20,
  loss: 0.5,
  validation: null,
  stepsPerSecond: 10,
});
const phase = { name: "load", kind: "load", steps: 0, examples: 0, seconds: 0.1, cached: false };
const curve = {
  stage: "train",
  training: { step: [3], loss: [0.6], learningRate: [0.001] },
  validation: { step: [], loss: [], metric: [] },
};
const partial = {
  kind: "partial",
  stage: "train",
  step: 3,
  phases: [phase],
  curves: [curve],
  notes: ["a note"],
};

function spin(ms) {
  const until = Date.now() + ms;
  while (Date.now() < until);
}

const behaviours = {
  finish(job) {
    process.send({ kind: "opened", engine, data: [] });
    process.send(progress(20));
    const outcome = job.identity.config.outcome ?? {
      state: "diverged",
      stage: "train",
      step: 4,
      reason: "nan-loss",
      loss: null,
    };
    process.send(
      {
        kind: "finished",
        outcome,
        phases: [phase],
        curves: [curve],
        notes: [],
        data: [],
        engine,
        contention: 0,
      },
      () => process.exit(0),
    );
  },
  // Tells in its notes how it was started.
  measures(job) {
    const notes = [job.measure, process.execArgv.join(" "), process.env.MALLOC_TRIM_THRESHOLD_ ?? "unset"];
    process.send(
      { kind: "measured", baselineBytes: 1000, stepPeakBytes: [1500, 1700, 1600], notes, engine },
      () => process.exit(0),
    );
  },
  slow(job) {
    process.send(progress(1));
    setTimeout(() => behaviours.finish(job), 1500);
  },
  // A hook that starts a child and never returns.
  hang() {
    process.send({ kind: "opened", engine, data: [] });
    const child = spawn("sleep", ["600"], { stdio: "ignore" });
    process.send(partial);
    process.send({ ...progress(3), phase: `train:${child.pid}` });
    spin(600_000);
  },
  // The same, but the signal that asks for an end is ignored, and the child leads a session of its own.
  stubborn() {
    process.on("SIGTERM", () => {});
    const child = spawn("sleep", ["600"], { stdio: "ignore", detached: true });
    process.send({ ...progress(3), phase: `train:${child.pid}` });
    setInterval(() => {}, 1000);
  },
  throws() {
    process.send(progress(2));
    setTimeout(() => {
      throw new TypeError("weights is undefined");
    }, 20);
  },
  exits() {
    console.error("native abort: assertion failed");
    process.exit(42);
  },
  killed() {
    process.send(progress(2));
    setTimeout(() => process.kill(process.pid, "SIGKILL"), 50);
  },
  allocate() {
    process.send(partial);
    const kept = [];
    setInterval(() => kept.push(Buffer.alloc(20_000_000, 1)), 20);
  },
  disconnects() {
    setTimeout(() => {
      process.disconnect();
      process.exit(0);
    }, 20);
  },
  refuse() {
    process.send({ kind: "refused", reason: "config", message: 'unknown site "qeury"' }, () =>
      process.exit(0),
    );
  },
  lingers(job) {
    process.send({ kind: "refused", reason: "data", message: `no data for ${job.id}` });
    setInterval(() => {}, 1000);
  },
};

process.once("message", (job) => behaviours[job.identity.method](job));
