// A thread of the worker that outlives a main thread stuck in a hook: when the supervisor is gone (its pid is no longer
// our parent) it ends the whole process group. A signal handler or IPC could not: the busy main thread never gets there.
import { workerData } from "node:worker_threads";

const POLL_MS = 250;

function wake(pid) {
  try {
    if (pid > 0) process.kill(pid, "SIGCONT");
  } catch {
    // It is gone.
  }
}

setInterval(() => {
  if (process.ppid === workerData.parent) return;
  for (const pid of workerData.stopped ?? []) wake(pid);
  try {
    // The worker leads its own group; where groups are unknown only the process itself can be ended.
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
}, POLL_MS);
