// What passes between the supervisor and the worker process of one run. Plain data: it crosses a process border as JSON.

import type { EngineOptions } from "#harness/engine/engine.ts";
import type { Identity } from "#harness/record/identity.ts";
import type { Measure } from "#harness/record/measurement.ts";
import type { Curve, DataFileRecord, EnvironmentRecord, Outcome, Phase } from "#harness/record/schema.ts";

export interface RunJob {
  readonly id: string;
  readonly identity: Identity;
  readonly engineOptions: EngineOptions;
  /** Measure this instead of doing the run: its process is started for it, and the last word is a MeasuredEvent. */
  readonly measure?: Measure;
}

/** Progress, at most a few times a second. */
export interface ProgressEvent {
  readonly kind: "progress";
  readonly phase: string;
  /** Steps done and to do in this phase; 0 of 0 where a phase has no steps. */
  readonly step: number;
  readonly steps: number;
  /** Steps of all phases, for the time left. */
  readonly doneSteps: number;
  readonly totalSteps: number;
  readonly loss: number | null;
  readonly validation: number | null;
  readonly stepsPerSecond: number | null;
}

/** Everything learnt so far that must survive the worker's death: finished phases and the curves. */
export interface PartialEvent {
  readonly kind: "partial";
  readonly stage: string | null;
  readonly step: number | null;
  readonly phases: readonly Phase[];
  readonly curves: readonly Curve[];
  readonly notes: readonly string[];
}

/** A typed failure that a user can act on: `RankbenchError` by its parts. */
export interface RefusalEvent {
  readonly kind: "refused";
  readonly reason: string;
  readonly message: string;
}

/** The engine is open and the data are found: what a record of a failed run says about both. Sent once, before training. */
export interface OpenedEvent {
  readonly kind: "opened";
  readonly engine: EnvironmentRecord["engine"];
  readonly data: readonly DataFileRecord[];
}

/** An error that no user can be blamed for: a defect of the method, the engine or the harness. */
export interface CrashedEvent {
  readonly kind: "crashed";
  readonly message: string;
  readonly stack: string | null;
}

/** The worker's last word. The supervisor adds what only it knows (times, command, attempt) and writes the record. */
export interface FinishedEvent {
  readonly kind: "finished";
  readonly outcome: Outcome;
  readonly phases: readonly Phase[];
  readonly curves: readonly Curve[];
  readonly notes: readonly string[];
  readonly data: readonly DataFileRecord[];
  readonly engine: EnvironmentRecord["engine"];
  readonly contention: number | null;
  /** The same while latency was measured; left out where it was not. */
  readonly latencyContention?: number | null;
}

/** The worker wants the machine to itself, or gives it back. The supervisor answers the first by a `GoMessage`. */
export interface MachineEvent {
  readonly kind: "machine";
  readonly state: "wanted" | "free";
}

/** The machine is the worker's. `stopped` are the processes that wait meanwhile: whoever outlives the supervisor wakes them. */
export interface GoMessage {
  readonly kind: "go";
  readonly stopped: readonly number[];
}

/** The last word of a worker that measured instead of doing the run. */
export interface MeasuredEvent {
  readonly kind: "measured";
  readonly baselineBytes: number;
  readonly stepPeakBytes: readonly number[];
  readonly notes: readonly string[];
  readonly engine: EnvironmentRecord["engine"];
}

export type WorkerEvent =
  | OpenedEvent
  | ProgressEvent
  | PartialEvent
  | RefusalEvent
  | CrashedEvent
  | FinishedEvent
  | MeasuredEvent
  | MachineEvent;
