// Host batches as tensors of the running engine.
import { type Tensor, tensor } from "#harness/engine/tensor.ts";
import type { TrainingBatch } from "#harness/method/contract.ts";
import type { HostArraySpec, HostBatch } from "#harness/task/contract.ts";

const upload = ({ data, shape }: HostArraySpec): Tensor =>
  tensor(data, [...shape], data instanceof Int32Array ? "int32" : "float32");

/** A batch's inputs as tensors; the caller disposes them (or records inside a tidy). */
export const uploadInputs = (inputs: HostBatch["inputs"]): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(inputs).map(([name, array]) => [name, upload(array)]));

/** The batch's arrays in a fixed order: inputs, then targets. */
export const arraysOf = (batch: HostBatch): HostArraySpec[] => [
  ...Object.values(batch.inputs),
  batch.targets,
];

/** The batch made of tensors in the order of `arraysOf`. */
export function batchOf(batch: HostBatch, tensors: readonly Tensor[]): TrainingBatch {
  const targets = tensors.at(-1);
  if (targets === undefined) throw new Error("a batch without tensors");
  const named = Object.keys(batch.inputs).map((name, i) => [name, tensors[i] as Tensor] as const);
  return { inputs: Object.fromEntries(named), targets, size: batch.size };
}

/** The batch as tensors, under the same rule. */
export function uploadBatch(batch: HostBatch): TrainingBatch {
  return { inputs: uploadInputs(batch.inputs), targets: upload(batch.targets), size: batch.size };
}
