// Steps that repeat: what a training loop tells the engine of them, so that it may replay one instead of recording it again.
// Holds the plain way, which records each of them; how a step is captured is the engine's business.
import type { HostArray } from "./host-op.ts";
import { dispose, type Tensor, tensor } from "./tensor.ts";

/** A tensor's elements and shape on the host. */
export interface HostTensor {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

export interface Step {
  /** Steps of one runner with equal key, and inputs of equal shapes, record the same operations. */
  readonly key: string;
  /** What is new in each step: the batch. Not changed by the caller until the step has run. */
  readonly inputs: readonly HostTensor[];
  /** Tensors that live from step to step (weights, optimizer state), in a fixed order; asked before and after recording. */
  carried(): readonly Tensor[];
  /**
   * Records the step, synchronously and without reading a tensor. Returns what the caller wants to read; all else that it
   * makes it disposes of or carries. Numbers that change from step to step come from live.ts.
   */
  record(inputs: readonly Tensor[]): readonly Tensor[];
}

/** Steps by the way they were run. */
export interface StepCounts {
  /** Recorded, and kept to be replayed. */
  readonly captured: number;
  /** Run without recording. */
  readonly replayed: number;
  /** Recorded and compared with what was captured. */
  readonly verified: number;
  /** Recorded only, by the reason. */
  readonly recorded: Readonly<Record<string, number>>;
}

/** Runs the steps of one loop. */
export interface StepRunner {
  /** Runs a step; returns its results on the host. Afterwards the carried tensors hold their new values. */
  run(step: Step): Promise<readonly HostArray[]>;
  /** Something has changed that no key tells: nothing captured before is replayed any more. */
  forget(): void;
  /** Counts a step that the loop recorded by itself, and why it could not be captured. */
  recorded(why: string): void;
}

export const upload = ({ data, shape }: HostTensor): Tensor =>
  tensor(data, [...shape], data instanceof Int32Array ? "int32" : "float32");

/** Counts that a runner keeps; several runners of an engine share them. */
export class StepCounters {
  captured = 0;
  replayed = 0;
  verified = 0;
  readonly recorded = new Map<string, number>();

  note(why: string): void {
    this.recorded.set(why, (this.recorded.get(why) ?? 0) + 1);
  }

  counts(): StepCounts {
    const { captured, replayed, verified } = this;
    return { captured, replayed, verified, recorded: Object.fromEntries(this.recorded) };
  }
}

/** Records every step: the way of engines that execute at once, and the meaning of every other way. */
export class RecordingRunner implements StepRunner {
  readonly #counters: StepCounters;
  readonly #why: string;
  readonly #settle: () => Promise<void>;

  /** `why` is what the counts say of each step; `settle` executes what was recorded. */
  constructor(counters: StepCounters, why: string, settle: () => Promise<void>) {
    this.#counters = counters;
    this.#why = why;
    this.#settle = settle;
  }

  async run(step: Step): Promise<readonly HostArray[]> {
    this.recorded(this.#why);
    return recordStep(step, this.#settle);
  }

  forget(): void {}

  recorded(why: string): void {
    this.#counters.note(why);
  }
}

/** Records a step and executes it. */
export async function recordStep(step: Step, settle: () => Promise<void>): Promise<readonly HostArray[]> {
  const inputs = step.inputs.map(upload);
  let results: readonly Tensor[];
  try {
    results = step.record(inputs);
  } finally {
    dispose([...inputs]);
  }
  try {
    await settle();
    return await readAll(results);
  } finally {
    dispose([...results]);
  }
}

/** The elements of settled tensors. */
export const readAll = (tensors: readonly Tensor[]): Promise<HostArray[]> =>
  Promise.all(tensors.map(async (result) => (await result.data()) as HostArray));
