// How busy the machine was with other work while a run was timed: samples of what the kernel says is runnable.
import { readdirSync, readFileSync } from "node:fs";

const INTERVAL_MS = 250;

/** Above this mean a run's timings are marked contended and are not ranked. */
export const CONTENDED_ABOVE = 0.5;

/** Runnable threads of the whole machine, out of the text of /proc/loadavg: `0.34 0.39 0.21 2/95 9699` gives 2. */
export function runnableOf(loadavg: string): number | null {
  const match = /^\S+ \S+ \S+ (\d+)\/\d+/.exec(loadavg);
  return match === null ? null : Number(match[1]);
}

/** True when the text of a /proc/PID/stat says that it runs or waits for a core. */
export const isRunnable = (stat: string): boolean =>
  stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) === "R";

/** Threads of this process that are runnable now; at least the one that asks. */
function ownRunnable(): number {
  let count = 0;
  for (const thread of readdirSync("/proc/self/task")) {
    try {
      if (isRunnable(readFileSync(`/proc/self/task/${thread}/stat`, "utf8"))) count++;
    } catch {
      // The thread ended between listing and reading.
    }
  }
  return Math.max(1, count);
}

/** Threads of other processes that are runnable now; null where there is no /proc. */
export function otherRunnable(): number | null {
  try {
    // Own threads are counted before and after, because the engine's come and go meanwhile.
    const before = ownRunnable();
    const all = runnableOf(readFileSync("/proc/loadavg", "utf8"));
    return all === null ? null : Math.max(0, all - Math.max(before, ownRunnable()));
  } catch {
    return null;
  }
}

export interface ContentionSampler {
  /** Ends the sampling; the mean number of other runnable threads, null where it cannot be told. */
  stop(): number | null;
}

/**
 * Starts sampling four times a second, between the engine's runs. `observe` is what is sampled; it stands for the machine
 * in tests.
 */
export function sampleContention(observe: () => number | null = otherRunnable): ContentionSampler {
  let sum = 0;
  let samples = 0;
  const sample = (): void => {
    const seen = observe();
    if (seen === null) return;
    sum += seen;
    samples++;
  };
  sample();
  const timer = setInterval(sample, INTERVAL_MS);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      sample();
      return samples === 0 ? null : sum / samples;
    },
  };
}
