// Entry of a run's worker process, in plain JavaScript: starts the watchdog, then TypeScript, then the worker itself.
// The watchdog comes first, so that a supervisor killed during start-up leaves nothing behind.
import { Worker } from "node:worker_threads";

const watchdog = new Worker(new URL("./watchdog.js", import.meta.url), {
  workerData: { parent: process.ppid },
});
watchdog.unref();

const { register } = await import("tsx/esm/api");
register();
await import("./worker.ts");
