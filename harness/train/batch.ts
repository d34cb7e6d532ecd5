// Host batches as tensors of the running engine.
import { type Tensor, tensor } from "#harness/engine/tensor.ts";
import type { TrainingBatch } from "#harness/method/contract.ts";
import type { HostArraySpec, HostBatch } from "#harness/task/contract.ts";

const upload = ({ data, shape }: HostArraySpec): Tensor =>
  tensor(data, [...shape], data instanceof Int32Array ? "int32" : "float32");

/** The batch as tensors; the caller disposes them (or records inside a tidy). */
export function uploadBatch(batch: HostBatch): TrainingBatch {
  const inputs: Record<string, Tensor> = {};
  for (const [name, array] of Object.entries(batch.inputs)) inputs[name] = upload(array);
  return { inputs, targets: upload(batch.targets), size: batch.size };
}
