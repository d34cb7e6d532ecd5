// What a model of the engine benchmark is: parameters, host batches, and a loss in operations of harness/nn level.
// Names of parameters are those of the twin in torch_models.py, which is loaded with the same numbers.
import type { Tensor } from "#harness/engine/tensor.ts";
import { uniform, zeros } from "#harness/nn/init.ts";
import { Linear } from "#harness/nn/linear.ts";
import type { Param } from "#harness/nn/param.ts";
import { type Stream, stream } from "#harness/random/stream.ts";

export interface HostInput {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** Inputs in the model's order, the target last. */
export type HostInputs = readonly HostInput[];

export interface PerfModel {
  readonly params: readonly Param[];
  /** A batch drawn from `random`; all batches have the same shapes. */
  batch(random: Stream): HostInputs;
  /** Scalar mean loss of the inputs of `batch`, in their order. */
  loss(inputs: readonly Tensor[]): Tensor;
}

export interface PerfSpec {
  readonly id: string;
  /** Sizes, for the table. */
  readonly what: string;
  make(init: Stream): PerfModel;
}

/** A linear map with weights U(-1/sqrt(in), 1/sqrt(in)) and a bias of zeros. */
export function linear(path: string, inFeatures: number, outFeatures: number, init: Stream): Linear {
  const weight = uniform(inFeatures * outFeatures, inFeatures ** -0.5, init);
  return new Linear(path, inFeatures, outFeatures, { weight, bias: zeros(outFeatures) });
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Integers 0..below-1. */
export function integers(shape: readonly number[], below: number, random: Stream): HostInput {
  return { data: Int32Array.from({ length: product(shape) }, () => random.integer(below)), shape };
}

/** Numbers U(-1, 1). */
export function numbers(shape: readonly number[], random: Stream): HostInput {
  return { data: uniform(product(shape), 1, random), shape };
}

/** The input at `index`; a model knows how many it made. */
export function inputAt(inputs: readonly Tensor[], index: number): Tensor {
  const found = inputs[index];
  if (found === undefined) throw new Error(`the batch has no input ${index}`);
  return found;
}

/** Different batches that a process cycles through. */
export const BATCHES = 4;

export const modelOf = (spec: PerfSpec): PerfModel => spec.make(stream(0, "perf", spec.id, "init"));

export const batchesOf = (spec: PerfSpec, model: PerfModel): HostInputs[] =>
  Array.from({ length: BATCHES }, (_, i) => model.batch(stream(0, "perf", spec.id, "batch", String(i))));
