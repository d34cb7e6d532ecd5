// The worker of the cluster tests, in the place of worker.js of a scratch checkout: ends with a small whole result, the same for
// equal seeds, as soon as the file in RANKBENCH_HOLD is gone. So a test decides when a run ends, however slow the machine is.
import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";

const watchdog = new Worker(new URL("./watchdog.js", import.meta.url), {
  workerData: { parent: process.ppid },
});
watchdog.unref();
process.once("disconnect", () => process.exit(0));

const { register } = await import("tsx/esm/api");
register();
const { sampleOutcomes } = await import("../record/testing/records.ts");

const { engine, data } = await import("./testing/worker-parts.js");

const isHeld = () => existsSync(process.env.RANKBENCH_HOLD ?? "");

process.once("message", (job) => {
  const outcome = sampleOutcomes(job.identity.seed).find(({ state }) => state === "ok");
  process.send({ kind: "opened", engine, data });
  const timer = setInterval(() => {
    if (isHeld()) return;
    clearInterval(timer);
    const rest = { phases: [], curves: [], notes: [], data, engine, contention: 0 };
    process.send({ kind: "finished", outcome, ...rest }, () => process.exit(0));
  }, 50);
});
