// Turns a trace into steps to execute: graph segments as ONNX models, and the host operations that follow each segment.
// Pure: depends on the trace's structure only, so that one plan serves all traces of equal key.
import {
  type ElementType,
  type ModelConstant,
  type ModelNode,
  type ModelValue,
  writeModel,
} from "./proto.ts";
import type { Trace } from "./trace.ts";
import { bytesOf, type HostBuffer, type TraceNode, type Value } from "./value.ts";

/** One ONNX model and the trace ids of what goes in and comes out. */
export interface Program {
  readonly model: Uint8Array;
  readonly feeds: readonly ProgramValue[];
  readonly fetches: readonly ProgramValue[];
  /** Results go to host memory on every provider. */
  readonly toHost: boolean;
}

export interface ProgramValue extends ModelValue {
  readonly id: number;
}

export interface Step {
  readonly program: Program | null;
  /** Indexes in the trace of the host operations that run after the program, in recorded order. */
  readonly hostNodes: readonly number[];
}

export interface Plan {
  readonly steps: readonly Step[];
  /** Per node of the trace: 1 when something alive depends on it. */
  readonly needed: Uint8Array;
  /** Indexes of the constant nodes that are read outside of a program. */
  readonly hostConstants: readonly number[];
}

const name = (id: number) => `v${id}`;
export const nodeName = (index: number) => `n${index}`;

/** Index of the trace node that ONNX Runtime's message speaks of, or null. Fused nodes carry the name of a part. */
export function nodeIndexIn(message: string): number | null {
  const found = /\bn(\d+)\b/.exec(message) ?? /n(\d+)/.exec(/Name:\s*'([^']*)'/.exec(message)?.[1] ?? "");
  return found?.[1] === undefined ? null : Number(found[1]);
}

const bytes = (data: HostBuffer) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/**
 * Ordered host operations after which a stage ends: as many in a row share one as have results no larger together than the
 * largest result of all.
 */
function groupEnds(nodes: readonly TraceNode[], needed: Uint8Array): ReadonlySet<number> {
  const sizes = new Map<number, number>();
  for (const [i, node] of nodes.entries())
    if (node.kind === "host" && node.op.ordered === true && needed[i] === 1)
      sizes.set(
        i,
        node.outputs.reduce((sum, output) => sum + bytesOf(output), 0),
      );
  const most = Math.max(0, ...sizes.values());
  const ends = new Set<number>();
  let [group, before] = [0, -1];
  for (const [i, size] of sizes) {
    if (group + size > most && before >= 0) {
      ends.add(before);
      group = 0;
    }
    group += size;
    before = i;
  }
  return ends;
}

export function planTrace(trace: Trace, live: readonly Value[]): Plan {
  const { nodes } = trace;
  const wanted = new Uint8Array(trace.values.length);
  const boundary = new Uint8Array(trace.values.length);
  for (const value of live) {
    wanted[value.id] = 1;
    boundary[value.id] = 1;
  }
  const needed = new Uint8Array(nodes.length);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i];
    if (node === undefined || !node.outputs.some((output) => wanted[output.id] === 1)) continue;
    needed[i] = 1;
    for (const input of node.inputs) wanted[input.id] = 1;
  }

  // A graph node runs one segment later than any host operation that feeds it; a host operation follows its segment.
  const stages = new Int32Array(nodes.length);
  const readyAt = new Int32Array(trace.values.length);
  let lastStage = 0;
  const closing = groupEnds(nodes, needed);
  /** Stage before which no graph node runs any more that is still to come. */
  let floor = 0;
  for (const [i, node] of nodes.entries()) {
    let stage = node.kind === "graph" ? floor : 0;
    for (const input of node.inputs) {
      const made = readyAt[input.id] ?? 0;
      const next =
        node.kind === "graph" && input.producer?.kind === "host" && trace.external[input.id] === false
          ? made + 1
          : made;
      if (next > stage) stage = next;
    }
    stages[i] = stage;
    for (const output of node.outputs) readyAt[output.id] = stage;
    if (needed[i] === 1 && stage > lastStage) lastStage = stage;
    if (closing.has(i)) floor = Math.max(floor, stage + 1);
  }

  const byStage: { graph: number[]; host: number[] }[] = Array.from({ length: lastStage + 1 }, () => ({
    graph: [],
    host: [],
  }));
  const hostConstants = new Set<number>();
  const readByHost = new Set<TraceNode>();
  for (const [i, node] of nodes.entries()) {
    if (needed[i] === 0) continue;
    if (node.kind === "constant") {
      if (node.outputs.some((output) => boundary[output.id] === 1)) hostConstants.add(i);
      continue;
    }
    byStage[stages[i] ?? 0]?.[node.kind].push(i);
    for (const input of node.inputs) {
      const { producer } = input;
      if (producer === null || trace.external[input.id] === true) continue;
      if (producer.kind === "constant") {
        if (node.kind === "host") readByHost.add(producer);
      } else if (node.kind === "host" || readyAt[input.id] !== stages[i] || producer.kind === "host") {
        boundary[input.id] = 1;
      }
    }
  }
  const steps = byStage.map(({ graph, host }) => ({
    program: graph.length === 0 ? null : writeProgram(trace, graph, boundary),
    hostNodes: host,
  }));
  for (const [i, node] of nodes.entries()) if (readByHost.has(node)) hostConstants.add(i);
  return { steps, needed, hostConstants: [...hostConstants] };
}

function writeProgram(trace: Trace, graph: readonly number[], boundary: Uint8Array): Program {
  const made = new Set<number>();
  const feeds = new Map<number, Value>();
  const constants = new Map<string, ModelConstant>();
  const nodes: ModelNode[] = [];
  const fetches: ProgramValue[] = [];

  const vector = (values: readonly number[]): string => {
    const key = `c${values.join("_")}`;
    if (!constants.has(key))
      constants.set(key, {
        name: key,
        type: "int64",
        shape: [values.length],
        bytes: bytes(BigInt64Array.from(values, BigInt)),
      });
    return key;
  };
  const inputName = (input: Value): string => {
    const { producer } = input;
    if (producer?.kind === "constant" && trace.external[input.id] === false) {
      constants.set(name(input.id), {
        name: name(input.id),
        type: input.type,
        shape: input.shape,
        bytes: bytes(producer.data),
      });
    } else if (!made.has(input.id)) feeds.set(input.id, input);
    return name(input.id);
  };

  for (const index of graph) {
    const node = trace.nodes[index];
    if (node?.kind !== "graph") continue;
    const inputs = node.inputs.map(inputName);
    for (const values of node.vectors ?? []) inputs.push(values === null ? "" : vector(values));
    nodes.push({
      op: node.op,
      name: nodeName(index),
      inputs,
      outputs: node.outputs.map((output) => name(output.id)),
      attributes: node.attributes,
      domain: node.domain,
    });
    for (const output of node.outputs) {
      made.add(output.id);
      if (boundary[output.id] === 0) continue;
      fetches.push({ name: name(output.id), id: output.id, type: output.type, shape: output.shape });
    }
  }
  const inputs = Array.from(feeds, ([id, { type, shape }]) => ({ id, name: name(id), type, shape }));
  const model = writeModel({ nodes, constants: [...constants.values()], inputs, outputs: fetches });
  return { model, feeds: inputs, fetches, toHost: false };
}

/** Copies one value from a device: reading a device tensor directly aborts the process in onnxruntime-node 1.30.0. */
export function downloadProgram(type: ElementType, shape: readonly number[]): Program {
  const feeds = [{ id: 0, name: "x", type, shape }];
  const fetches = [{ id: 1, name: "y", type, shape }];
  const nodes = [{ op: "Identity", name: nodeName(0), inputs: ["x"], outputs: ["y"] }];
  return {
    model: writeModel({ nodes, constants: [], inputs: feeds, outputs: fetches }),
    feeds,
    fetches,
    toHost: true,
  };
}
