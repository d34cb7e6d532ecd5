// Ctrl-C and SIGTERM while runs are done: the first asks for a clean stop, the second ends everything at once.
import { exitCode } from "#harness/failure/exit-codes.ts";
import type { Interruption } from "#harness/run/supervisor.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface Interrupts {
  readonly interruption: Interruption;
  /** Gives the signals back to their defaults; after a first one the second keeps its exit code to the end of the command. */
  release(): void;
}

/** Takes over the signals. `tell` is called once, at the first one. */
export function catchInterrupts(tell: () => void): Interrupts {
  const stop = new AbortController();
  const now = new AbortController();
  const onSignal = (): void => {
    if (!stop.signal.aborted) {
      tell();
      stop.abort();
      return;
    }
    // Aborting kills the worker's whole family before this returns.
    now.abort();
    process.exit(exitCode("interrupted"));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    interruption: { stop: stop.signal, now: now.signal },
    release() {
      if (stop.signal.aborted) return;
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
