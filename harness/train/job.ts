// What passes between the supervisor and the worker process of one run. Plain data: it crosses a process border as JSON.

import type { EngineOptions } from "#harness/engine/engine.ts";
import type { Identity } from "#harness/record/identity.ts";
import type { Curve, DataFileRecord, EnvironmentRecord, Outcome, Phase } from "#harness/record/schema.ts";

export interface RunJob {
  readonly id: string;
  readonly identity: Identity;
  readonly engineOptions: EngineOptions;
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
}

export type WorkerEvent =
  | OpenedEvent
  | ProgressEvent
  | PartialEvent
  | RefusalEvent
  | CrashedEvent
  | FinishedEvent;
