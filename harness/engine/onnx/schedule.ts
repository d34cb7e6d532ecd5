// When recordings run: takes the current trace, runs traces one after the other, frees device memory behind them.
// Knows values and traces, no tfjs handle.
import { performance } from "node:perf_hooks";
import { RankbenchError } from "#harness/failure/error.ts";
import type { PeakMeter } from "./liveness.ts";
import type { ProgramCache } from "./program-cache.ts";
import {
  type FreshSettlement,
  type Recorded,
  releaseDevice,
  type Settlement,
  settlement,
  settleWith,
  settleWithSync,
} from "./settle.ts";
import { Trace } from "./trace.ts";
import { isReady, owner, type Value } from "./value.ts";

export class Schedule {
  /** The recording under way. */
  trace = new Trace();
  /** Told of every trace before it runs. */
  meter: PeakMeter | null = null;
  runs = 0;
  runMs = 0;
  private readonly cache: ProgramCache;
  /** Recorded values that a handle refers to. */
  private readonly awaited = new Set<Value>();
  /** Values without handles whose device memory is still to be freed. */
  private readonly released = new Set<Value>();
  /** Traces that were taken and have not ended. */
  private readonly waiting = new Set<Recorded>();
  private inFlight: Promise<void> | null = null;
  private closed = false;

  constructor(cache: ProgramCache) {
    this.cache = cache;
  }

  /** A handle refers to this recorded value: it must hold its elements after the next run. */
  want(value: Value): void {
    this.awaited.add(value);
  }

  /** The last handle of this value is gone. */
  forget(value: Value): void {
    this.awaited.delete(value);
    if (value.device !== null) this.released.add(value);
  }

  /** Steps that are still running have nobody to report to any more. */
  close(): void {
    this.closed = true;
  }

  /** Runs everything recorded so far and waits for what is already running. */
  async settle(): Promise<void> {
    await this.execute(this.take());
  }

  /** Runs what was taken, or a replay of it, after what is already running. */
  async execute(work: Settlement | null): Promise<void> {
    const previous = this.inFlight;
    if (work === null || this.closed) {
      if (previous !== null) await previous;
      return;
    }
    const promise = this.run(work, previous);
    this.inFlight = promise;
    try {
      await promise;
    } finally {
      if (this.inFlight === promise) this.inFlight = null;
    }
  }

  private async run(work: Settlement, previous: Promise<void> | null): Promise<void> {
    // A failure of the recording before is told to its own caller; values lost with it fail this one by name.
    if (previous !== null) await previous.catch(() => undefined);
    const start = this.begin(work);
    try {
      await settleWith(work, this.cache);
    } catch (error) {
      if (!this.closed) throw error;
    } finally {
      this.end(work, start);
    }
  }

  /** The same at once, for synchronous reads. */
  settleSync(): void {
    if (this.inFlight !== null)
      throw new RankbenchError({
        reason: "internal",
        problem: "a tensor was read synchronously while a step is running",
        thing: this.cache.engineLabel,
        next: "await engine.settle() or tensor.data()",
      });
    const work = this.take();
    if (work === null) return;
    const start = this.begin(work);
    try {
      settleWithSync(work, this.cache);
    } finally {
      this.end(work, start);
    }
  }

  /** Takes the current recording; null when nothing in it is alive. */
  take(): FreshSettlement | null {
    const { trace } = this;
    const live = [...this.awaited]
      .filter((value) => value.handles > 0 && !isReady(value) && value.failure === null)
      .filter((value) => value.trace === trace.serial && !trace.external[value.id])
      .sort((a, b) => a.id - b.id);
    this.awaited.clear();
    if (trace.nodes.length === 0) return null;
    this.trace = new Trace();
    if (live.length === 0) return null;
    this.waiting.add(trace);
    return settlement(trace, live, this.cache);
  }

  private begin(work: Settlement): number {
    if (this.meter !== null && work.trace instanceof Trace)
      this.meter.observe(work.trace, work.plan, work.live);
    return performance.now();
  }

  private end(work: Settlement, start: number): void {
    this.runs++;
    this.runMs += performance.now() - start;
    this.waiting.delete(work.trace);
    for (const value of work.trace.values)
      if (value.device !== null && value.handles === 0) this.released.add(value);
    if (this.released.size > 0) this.sweep();
  }

  /** Frees device memory, except what a recording under way or waiting still reads. */
  private sweep(): void {
    const needed = new Set<Value>();
    for (const trace of [this.trace, ...this.waiting])
      for (const value of trace.values) needed.add(owner(value));
    for (const memory of this.released) {
      if (needed.has(memory)) continue;
      releaseDevice(memory);
      this.released.delete(memory);
    }
  }
}
