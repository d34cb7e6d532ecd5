// The engine seam: what executes tensors. Nothing above this folder knows which engine runs.
// An engine is opened by name and its name is asserted; there is no fallback to another one.
import type { StepCounts, StepRunner } from "./steps.ts";
import type { Tensor } from "./tensor.ts";

export const ENGINE_NAMES = [
  "onnx",
  "onnx-webgpu",
  "onnx-cuda",
  "tfjs-cpu",
  "tfjs-wasm",
  "tfjs-node",
  "tfjs-node-gpu",
] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

export const OPTIMISATION_LEVELS = ["disabled", "basic", "extended", "all"] as const;
export type OptimisationLevel = (typeof OPTIMISATION_LEVELS)[number];

export interface EngineOptions {
  /** Threads inside one operation. Default 1: reproducible timings, and faster than 2 on a busy machine. */
  readonly threads?: number;
  /** Graph optimisation level of ONNX Runtime; it can change bits. Default `all`. */
  readonly optimisation?: OptimisationLevel;
  /** Programs kept by the cache of a lazy engine before the least recently used one is disposed. Default 32. */
  readonly maxPrograms?: number;
  /** Whether repeated steps are captured and replayed. Default true; the results are the same bits either way. */
  readonly captureSteps?: boolean;
  /** At most so many replayed steps follow each other before one is recorded and compared; fewer at first. Default 200. */
  readonly verifyEvery?: number;
  /** Receives warnings, such as a run that keeps rebuilding programs. Default: a process warning on stderr. */
  readonly onWarning?: (message: string) => void;
}

/** What a record says about the engine. */
export interface EngineFacts {
  readonly name: EngineName;
  /** Versions of the libraries that execute, by package name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Execution provider or device: `cpu`, `webgpu`. */
  readonly provider: string;
  readonly threads: number;
  readonly optimisation: OptimisationLevel | "none";
}

/** What a tensor's memory is counted as. What is tagged nothing is an activation. */
export const MEMORY_PARTS = ["weights", "gradients", "optimizerState", "activations"] as const;
export type MemoryPart = (typeof MEMORY_PARTS)[number];

/** Logical in-place peak of one step, bytes: liveness over the recorded order, independent of any allocator. */
export interface LogicalPeak {
  readonly totalBytes: number;
  /** What was alive at the peak, by part; the four add up to `totalBytes`. */
  readonly parts: Readonly<Record<MemoryPart, number>>;
  /** The operation at which the peak stands: `MatMul[320,512]`. */
  readonly at: string;
}

/** Counters since the engine was opened. Eager engines report zeros. */
export interface EngineStats {
  /** Programs built, and how long that took in all, in milliseconds. */
  readonly programsBuilt: number;
  readonly buildMs: number;
  readonly programsAlive: number;
  readonly runs: number;
  readonly cacheHits: number;
  readonly runMs: number;
  readonly steps: StepCounts;
}

export interface Engine {
  readonly name: EngineName;
  facts(): EngineFacts;
  stats(): EngineStats;
  /** Executes everything recorded so far; afterwards each live tensor holds its value. Eager engines do nothing. */
  settle(): Promise<void>;
  /** A runner for the steps of one loop, which captures them where the engine can. */
  steps(): StepRunner;
  /**
   * Counts the memory of these tensors as `part`. The tag stays with the value, and passes to a value that an
   * in-place host operation writes over it.
   */
  tag(part: MemoryPart, tensors: Iterable<Tensor>): void;
  /**
   * Runs `step`, which must end settled, and returns the logical peak over all that it recorded.
   * `resident` are tensors alive throughout (weights, optimizer state) whether or not the step touches them.
   * `null` on engines that record nothing.
   */
  measurePeak(step: () => Promise<void>, resident: Iterable<Tensor>): Promise<LogicalPeak | null>;
  /** Tensor data alive in this engine (tensors that share data count once), for leak checks. */
  liveTensors(): number;
  dispose(): Promise<void>;
}
