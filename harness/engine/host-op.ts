// Operations on host memory that take part in a recorded step: pure from outside, in place inside when the operand dies.
// They exist for passes where one fused loop beats a chain of graph operations (AdamW over all weights: 65 ms against 130).
import { evaluateLive } from "./live.ts";
import { type Tensor, type TensorInfo, engine as tfEngine } from "./tensor.ts";

export type HostArray = Float32Array | Int32Array | Uint8Array;
export type HostDType = "float32" | "int32" | "bool";

export interface HostOutput {
  readonly shape: readonly number[];
  readonly dtype: HostDType;
  /**
   * Index of the input whose buffer this output may take over when nothing else refers to that input at the end of the
   * recording; else the engine hands a copy of it. Left out: a fresh zeroed buffer.
   */
  readonly over?: number;
}

export interface HostOp {
  /** Name for errors, profiles and the memory report: `AdamW`. */
  readonly name: string;
  readonly outputs: readonly HostOutput[];
  /**
   * Uses up an operand that should be gone before what is recorded later is computed. A lazy engine then lets operations that
   * were recorded after it wait for it, in groups whose results together are no larger than the largest one of them.
   */
  readonly ordered?: boolean;
  /**
   * Numbers that change from step to step (a learning rate, a bias correction), asked once a step. `run` closes over no such
   * number: a replayed step calls the `run` of the step that was recorded.
   */
  numbers?(): readonly number[];
  /** Reads `inputs` (never writes them) and writes `outputs`; an output with `over` starts with that input's content. */
  run(inputs: readonly HostArray[], outputs: readonly HostArray[], numbers: readonly number[]): void;
}

/** tfjs kernel name under which each engine registers its execution of host operations. */
export const HOST_OP_KERNEL = "RankbenchHostOp";

const NO_NUMBERS: readonly number[] = [];

/** The operation's numbers for the step under way. */
export const numbersOf = (op: HostOp): readonly number[] =>
  op.numbers === undefined ? NO_NUMBERS : evaluateLive(() => op.numbers?.() ?? NO_NUMBERS);

/** Applies a host operation to tensors: executed at once by eager engines, after the graph run by lazy ones. No gradient. */
export function hostOp(op: HostOp, inputs: readonly Tensor[]): Tensor[] {
  const named: Record<string, TensorInfo> = {};
  for (const [i, tensor] of inputs.entries()) named[`x${i}`] = tensor;
  // tfjs types attributes as plain data; a host operation is carried through them as it is.
  const attrs = { op } as unknown as Parameters<ReturnType<typeof tfEngine>["runKernel"]>[2];
  const out = tfEngine().runKernel(HOST_OP_KERNEL, named as never, attrs as never) as unknown as
    | Tensor
    | Tensor[];
  return Array.isArray(out) ? out : [out];
}
