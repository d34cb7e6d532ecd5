// What a kernel file sees of the lazy engine: how to name inputs, record nodes and hand out results.
// The recorder implements it; kernels import this and tensor.ts, never the recorder.
import type { DataType, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from "../tensor.ts";
import type { ElementType, OnnxAttributes } from "./proto.ts";
import type { HostBuffer, Value } from "./value.ts";

export interface EmitOptions {
  readonly attributes?: OnnxAttributes;
  /** int64 vectors appended to the inputs as constants; `null` leaves an optional input out. */
  readonly vectors?: readonly (readonly number[] | null)[];
  readonly domain?: string;
}

export interface OutputType {
  readonly shape: readonly number[];
  readonly type: ElementType;
}

export interface Recorder {
  /** Provider that will execute: some operators exist on one only. */
  readonly provider: string;
  /** Channels that blocked convolutions take together (provider.ts); 1 where there are none. */
  readonly convBlock: number;
  /** The value behind a tfjs handle, in the handle's shape. Throws for string and complex tensors. */
  value(info: TensorInfo): Value;
  /** The same elements in another shape. */
  reshape(value: Value, shape: readonly number[]): Value;
  /** Records an ONNX node with one output. */
  emit(
    op: string,
    inputs: readonly Value[],
    shape: readonly number[],
    type: ElementType,
    options?: EmitOptions,
  ): Value;
  /** Records an ONNX node with several outputs. */
  emitMany(
    op: string,
    inputs: readonly Value[],
    outputs: readonly OutputType[],
    options?: EmitOptions,
  ): Value[];
  /** A constant that belongs to the structure: it is part of the program, so use it for no value that changes. */
  scalar(x: number, type?: ElementType): Value;
  constant(data: HostBuffer, shape: readonly number[], type: ElementType): Value;
  /** A new tfjs handle for numbers that are known now; they are data, not structure. */
  upload(data: Float32Array | Int32Array | Uint8Array, shape: readonly number[], type: DataType): TensorInfo;
  /**
   * Checks a tensor's elements if they are in host memory already; `check` throws. A replayed step checks its own elements
   * anew, so `check` decides nothing about the graph.
   */
  inspect(info: TensorInfo, check: (elements: HostBuffer) => void): void;
  /** A new tfjs handle for a value. */
  out(value: Value): TensorInfo;
  /** A further handle to the same data, in another shape. */
  alias(info: TensorInfo, shape?: readonly number[]): TensorInfo;
}

export type Kernel = (
  recorder: Recorder,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
) => TensorInfo | TensorInfo[];

/** Kernels by their tfjs name. */
export type KernelTable = Readonly<Record<string, Kernel>>;

/** Tensor inputs by name, as tfjs hands them over. */
export type Ins<Names extends string> = Readonly<Record<Names, TensorInfo>>;

/** Gives a kernel the input and attribute types that tfjs declares for its name; tfjs itself passes them untyped. */
export function kernel<Inputs, Attrs = unknown>(
  run: (recorder: Recorder, inputs: Inputs, attrs: Attrs) => TensorInfo | TensorInfo[],
): Kernel {
  return (recorder, inputs, attrs) => run(recorder, inputs as Inputs, attrs as Attrs);
}
