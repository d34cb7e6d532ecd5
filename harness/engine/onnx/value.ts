// A tensor's value while it travels through the lazy engine: recorded, in flight, in host memory, or lost to an error.
// Holds no logic of recording or running.
import type { Tensor as DeviceTensor } from "onnxruntime-node";
import type { MemoryPart } from "../engine.ts";
import type { HostOp } from "../host-op.ts";
import type { ElementType, OnnxAttributes } from "./proto.ts";

export type HostBuffer = Float32Array | Float64Array | Int32Array | Uint8Array | BigInt64Array;

const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  float32: 4,
  int32: 4,
  int64: 8,
  bool: 1,
  float64: 8,
};

/**
 * States: `producer` set = recorded or in flight; `buffer` or `device` set = ready; `failure` set = its run failed. A view (`base` set)
 * shares the buffer of its base under another shape and has no state of its own.
 */
export class Value {
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly base: Value | null;
  buffer: HostBuffer | null = null;
  /** The elements in the memory of a device; providers that have one keep results there. */
  device: DeviceTensor | null = null;
  producer: TraceNode | null = null;
  failure: Error | null = null;
  /** tfjs data handles that refer to this memory; counted on the base. */
  handles = 0;
  /** False when a caller holds the buffer too (it was read): then nothing may be written over it. */
  exclusive = true;
  part: MemoryPart | null = null;
  views: Map<string, Value> | null = null;
  /** Serial number of the trace in which `id` counts; 0 = none yet. */
  trace = 0;
  id = -1;

  constructor(shape: readonly number[], type: ElementType, base: Value | null = null) {
    this.shape = shape;
    this.type = type;
    this.base = base;
  }
}

interface NodeBase {
  /** tfjs kernel that recorded it; errors name it. */
  readonly kernel: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

export interface GraphNode extends NodeBase {
  readonly kind: "graph";
  readonly op: string;
  readonly attributes: OnnxAttributes | undefined;
  /** int64 vectors appended to the inputs; `null` leaves an optional input out. */
  readonly vectors: readonly (readonly number[] | null)[] | undefined;
  readonly domain: string | undefined;
}

export interface ConstantNode extends NodeBase {
  readonly kind: "constant";
  readonly data: HostBuffer;
}

export interface HostNode extends NodeBase {
  readonly kind: "host";
  readonly op: HostOp;
  /** What `op.numbers` said for the step that runs; a replay asks anew. */
  numbers: readonly number[];
}

export type TraceNode = GraphNode | ConstantNode | HostNode;

export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

export const bytesOf = (value: Value): number => sizeOf(value.shape) * ELEMENT_BYTES[value.type];

/** The value that owns the host memory of `value`. */
export const owner = (value: Value): Value => value.base ?? value;

export function isReady(value: Value): boolean {
  const { buffer, device } = owner(value);
  return buffer !== null || device !== null;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The value whose memory this one shares in an in-place engine: views and recorded reshapes cost nothing. */
export function memoryRoot(value: Value): Value {
  let root = owner(value);
  while (root.producer?.kind === "graph" && root.producer.op === "Reshape") {
    const source = root.producer.inputs[0];
    if (source === undefined) break;
    root = owner(source);
  }
  return root;
}

/** A zeroed buffer for `length` elements. */
export function newBuffer(type: ElementType, length: number): HostBuffer {
  if (type === "float32") return new Float32Array(length);
  if (type === "float64") return new Float64Array(length);
  if (type === "int32") return new Int32Array(length);
  if (type === "int64") return new BigInt64Array(length);
  return new Uint8Array(length);
}

/** What the memory of `value` counts as: its own tag, else that of the value an in-place host operation wrote it over. */
export function partOf(value: Value): MemoryPart {
  let at = memoryRoot(value);
  while (at.part === null && at.producer?.kind === "host") {
    const { op, inputs, outputs } = at.producer;
    const over = op.outputs[outputs.indexOf(at)]?.over;
    const source = over === undefined ? undefined : inputs[over];
    if (source === undefined) break;
    at = memoryRoot(source);
  }
  return at.part ?? "activations";
}
