// Writes ONNX models as protobuf bytes: the few messages of onnx.proto that a recorded graph needs.
// Knows nothing of tensors, traces or sessions.

/** Element types by their number in TensorProto.DataType. */
export const ELEMENT_CODES = { float32: 1, int32: 6, int64: 7, bool: 9, float64: 11 } as const;
export type ElementType = keyof typeof ELEMENT_CODES;

/** A bare number is an integer attribute: ONNX tells ints and floats apart. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };
export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>;

export interface ModelNode {
  readonly op: string;
  readonly name: string;
  /** An empty name stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: OnnxAttributes | undefined;
  readonly domain?: string | undefined;
}

export interface ModelValue {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
}

export interface ModelConstant extends ModelValue {
  readonly bytes: Uint8Array;
}

export interface Model {
  readonly nodes: readonly ModelNode[];
  readonly constants: readonly ModelConstant[];
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
}

const OPSET = 20;
const IR_VERSION = 9;
export const CONTRIB_DOMAIN = "com.microsoft";
/** ONNX Runtime's operators on channels in blocks. */
export const BLOCKED_DOMAIN = "com.microsoft.nchwc";

const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, ints: 7 } as const;

const encoder = new TextEncoder();

/** A growing buffer of protobuf fields. */
class Message {
  private data = new Uint8Array(64);
  private length = 0;

  private reserve(extra: number): void {
    if (this.length + extra <= this.data.length) return;
    const grown = new Uint8Array(Math.max(this.data.length * 2, this.length + extra));
    grown.set(this.data.subarray(0, this.length));
    this.data = grown;
  }

  private varint(value: number): void {
    this.reserve(10);
    if (value >= 0 && value < 0x80000000) {
      let rest = value;
      while (rest > 127) {
        this.data[this.length++] = (rest & 127) | 128;
        rest >>>= 7;
      }
      this.data[this.length++] = rest;
      return;
    }
    // Negative numbers are written as their 64-bit two's complement.
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 127n) {
      this.data[this.length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.data[this.length++] = Number(rest);
  }

  integer(field: number, value: number): this {
    this.varint((field << 3) | VARINT);
    this.varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.varint((field << 3) | FIXED32);
    this.reserve(4);
    new DataView(this.data.buffer).setFloat32(this.length, value, true);
    this.length += 4;
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.varint((field << 3) | BYTES);
    this.varint(value.length);
    this.reserve(value.length);
    this.data.set(value, this.length);
    this.length += value.length;
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value));
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    return this.data.subarray(0, this.length);
  }
}

function attributeMessage(name: string, value: OnnxAttribute): Message {
  const out = new Message().text(1, name);
  if (typeof value === "number") return out.integer(3, value).integer(20, ATTRIBUTE_TYPE.int);
  if (typeof value === "string") return out.text(4, value).integer(20, ATTRIBUTE_TYPE.string);
  if ("float" in value) return out.float(2, value.float).integer(20, ATTRIBUTE_TYPE.float);
  for (const each of value) out.integer(8, each);
  return out.integer(20, ATTRIBUTE_TYPE.ints);
}

function nodeMessage(node: ModelNode): Message {
  const out = new Message();
  for (const input of node.inputs) out.text(1, input);
  for (const output of node.outputs) out.text(2, output);
  out.text(3, node.name).text(4, node.op);
  for (const [name, value] of Object.entries(node.attributes ?? {}))
    out.message(5, attributeMessage(name, value));
  if (node.domain !== undefined) out.text(7, node.domain);
  return out;
}

function constantMessage(constant: ModelConstant): Message {
  const out = new Message();
  for (const size of constant.shape) out.integer(1, size);
  return out.integer(2, ELEMENT_CODES[constant.type]).text(8, constant.name).bytes(9, constant.bytes);
}

function valueMessage(value: ModelValue): Message {
  const shape = new Message();
  for (const size of value.shape) shape.message(1, new Message().integer(1, size));
  const tensor = new Message().integer(1, ELEMENT_CODES[value.type]).message(2, shape);
  return new Message().text(1, value.name).message(2, new Message().message(1, tensor));
}

/** The bytes of a ModelProto with the standard operators of opset 20 and those of ONNX Runtime's own domains. */
export function writeModel(model: Model): Uint8Array {
  const graph = new Message();
  for (const node of model.nodes) graph.message(1, nodeMessage(node));
  graph.text(2, "step");
  for (const constant of model.constants) graph.message(5, constantMessage(constant));
  for (const input of model.inputs) graph.message(11, valueMessage(input));
  for (const output of model.outputs) graph.message(12, valueMessage(output));
  const out = new Message()
    .integer(1, IR_VERSION)
    .message(7, graph)
    .message(8, new Message().text(1, "").integer(2, OPSET))
    .message(8, new Message().text(1, CONTRIB_DOMAIN).integer(2, 1));
  if (model.nodes.some(({ domain }) => domain === BLOCKED_DOMAIN))
    out.message(8, new Message().text(1, BLOCKED_DOMAIN).integer(2, 1));
  return out.finish();
}
