// The engine seam over a backend that executes each operation when it is called: nothing to settle, nothing recorded.
import type { Engine, EngineFacts, EngineName, EngineStats, LogicalPeak } from "../engine.ts";
import { RecordingRunner, StepCounters, type StepRunner } from "../steps.ts";
import { findBackend } from "../tensor.ts";

const NO_STATS: Omit<EngineStats, "steps"> = {
  programsBuilt: 0,
  buildMs: 0,
  programsAlive: 0,
  runs: 0,
  cacheHits: 0,
  runMs: 0,
};

export class EagerEngine implements Engine {
  readonly name: EngineName;
  private readonly known: EngineFacts;
  private readonly backendName: string;
  private readonly counters = new StepCounters();

  /** `backendName` is the name under which tfjs knows the backend. */
  constructor(facts: EngineFacts, backendName: string) {
    this.known = facts;
    this.backendName = backendName;
    this.name = facts.name;
  }

  facts(): EngineFacts {
    return this.known;
  }

  stats(): EngineStats {
    return { ...NO_STATS, steps: this.counters.counts() };
  }

  async settle(): Promise<void> {}

  steps(): StepRunner {
    return new RecordingRunner(this.counters, "the engine executes at once", () => this.settle());
  }

  tag(): void {}

  async measurePeak(step: () => Promise<void>): Promise<LogicalPeak | null> {
    await step();
    return null;
  }

  liveTensors(): number {
    return findBackend(this.backendName).numDataIds();
  }

  async dispose(): Promise<void> {}
}
