// One recording: nodes in the order they were called, graph inputs, and the text that identifies the structure.
// Executes nothing and knows no tfjs handle.
import { type HostOp, numbersOf } from "../host-op.ts";
import type { EmitOptions, OutputType } from "./kernel.ts";
import type { ElementType } from "./proto.ts";
import { type HostBuffer, owner, type TraceNode, Value } from "./value.ts";

let serial = 0;

export class Trace {
  /** Distinguishes traces, so that a value's id can be checked without a pointer that would keep an old trace alive. */
  readonly serial = ++serial;
  readonly nodes: TraceNode[] = [];
  /** All values of this trace by id: inputs and outputs of nodes. */
  readonly values: Value[] = [];
  /** Per value: true for inputs, which may be unfinished outputs of an earlier trace. */
  readonly external: boolean[] = [];
  private readonly signature: string[] = [];
  private readonly constants = new Map<string, Value>();

  /** The id of a value in this trace; what was not made here becomes an input on first use. */
  ref(value: Value): number {
    if (value.trace === this.serial) return value.id;
    const failure = owner(value).failure;
    if (failure !== null) throw failure;
    this.enter(value, true);
    this.signature.push(`I${value.type}[${value.shape}]`);
    return value.id;
  }

  private enter(value: Value, external: boolean): void {
    value.trace = this.serial;
    value.id = this.values.length;
    this.values.push(value);
    this.external.push(external);
  }

  private refs(inputs: readonly Value[]): string {
    let text = "";
    for (const input of inputs) text += `${this.ref(input)},`;
    return text;
  }

  private add(node: TraceNode, signature: string): void {
    this.nodes.push(node);
    this.signature.push(signature);
    for (const output of node.outputs) {
      output.producer = node;
      this.enter(output, false);
    }
  }

  graph(
    kernel: string,
    op: string,
    inputs: readonly Value[],
    outputs: readonly OutputType[],
    options: EmitOptions,
  ): Value[] {
    const { attributes, vectors, domain } = options;
    let signature = `${op}(${this.refs(inputs)}`;
    if (attributes !== undefined)
      for (const name in attributes) {
        const value = attributes[name];
        signature += `${name}=${typeof value === "object" && "float" in value ? `f${value.float}` : value};`;
      }
    if (vectors !== undefined) for (const vector of vectors) signature += `#${vector ?? ""}`;
    for (const output of outputs) signature += `:${output.type}[${output.shape}]`;
    const values = outputs.map((output) => new Value(output.shape, output.type));
    this.add({ kind: "graph", kernel, op, inputs, outputs: values, attributes, vectors, domain }, signature);
    return values;
  }

  constant(kernel: string, data: HostBuffer, shape: readonly number[], type: ElementType): Value {
    const key = `C${type}[${shape}]${Array.from<number | bigint, unknown>(data as ArrayLike<number | bigint>, (x) => (Object.is(x, -0) ? "-0" : x))}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const value = new Value(shape, type);
    this.add({ kind: "constant", kernel, inputs: [], outputs: [value], data }, key);
    this.constants.set(key, value);
    return value;
  }

  host(op: HostOp, inputs: readonly Value[]): Value[] {
    const ids = this.refs(inputs);
    let signature = `Host ${op.name}${op.ordered === true ? "!" : ""}(${ids}`;
    for (const { dtype, shape, over } of op.outputs) signature += `:${dtype}[${shape}]${over ?? ""}`;
    const values = op.outputs.map((output) => new Value(output.shape, output.dtype));
    this.add(
      { kind: "host", kernel: op.name, op, numbers: numbersOf(op), inputs, outputs: values },
      signature,
    );
    return values;
  }

  /** Identity of the program that makes `live` from the inputs: equal keys mean equal structure, ids and shapes. */
  key(live: readonly Value[]): string {
    return `${this.signature.join("|")}>${live.map((value) => value.id)}`;
  }
}
