// Holds the memory of a long build down. V8 lets garbage stand while the machine has room, so that ten thousand pages of
// short-lived records take 1.5 GB of which a third is alive.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const EVERY_MS = 2000;
/** Below this nothing is done: a build of a few hundred runs never gets there. */
const HEAP_BYTES = 5e8;

/** Collects garbage from time to time until the function that it returns is called. */
export function collectGarbage(): () => void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const timer = setInterval(() => {
    if (process.memoryUsage().heapUsed > HEAP_BYTES) collect();
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
