// Entry of a run's worker process, in plain JavaScript: starts the watchdog, then TypeScript, then the worker itself.
// The watchdog comes first, so that a supervisor killed during start-up leaves nothing behind.
import { Worker } from "node:worker_threads";

// Processes that wait while this one has the machine: the watchdog wakes them when the supervisor cannot any more.
const stopped = new Int32Array(new SharedArrayBuffer(4 * 64));
globalThis[Symbol.for("rankbench.stopped")] = stopped;

const watchdog = new Worker(new URL("./watchdog.js", import.meta.url), {
  workerData: { parent: process.ppid, stopped },
});
watchdog.unref();

// Where Node reads TypeScript by itself no compiler is needed, and none may be started (isolation.ts).
if (process.features.typescript !== "strip") {
  const { register } = await import("tsx/esm/api");
  register();
}
await import("./worker.ts");
