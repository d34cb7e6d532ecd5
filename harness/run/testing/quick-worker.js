// A worker for end-to-end tests of everything around it: ends after RANKBENCH_QUICK_MS (400) with a small whole result,
// the same for equal seeds. It takes the place of worker.js in a scratch checkout, whose other parts stay real.
import { Worker } from "node:worker_threads";

const watchdog = new Worker(new URL("./watchdog.js", import.meta.url), {
  workerData: { parent: process.ppid },
});
watchdog.unref();

const { register } = await import("tsx/esm/api");
register();
const { sampleOutcomes } = await import("../record/testing/records.ts");

const { engine, data } = await import("./testing/worker-parts.js");
const progress = {
  kind: "progress",
  phase: "train",
  steps: 10,
  totalSteps: 10,
  loss: 0.5,
  validation: null,
  stepsPerSecond: 10,
};

process.once("message", (job) => {
  const outcome = sampleOutcomes(job.identity.seed).find(({ state }) => state === "ok");
  const finished = {
    kind: "finished",
    outcome,
    phases: [],
    curves: [],
    notes: [],
    data,
    engine,
    contention: 0,
  };
  process.send({ kind: "opened", engine, data });
  process.send({ ...progress, step: 1, doneSteps: 1 });
  setTimeout(
    () => process.send(finished, () => process.exit(0)),
    Number(process.env.RANKBENCH_QUICK_MS ?? 400),
  );
});
