// Executes the host operations of a step and decides whose buffer an output may take over.
// "In place" is never visible: a buffer that anything else can still read is copied.
import type { HostArray } from "../host-op.ts";
import type { Plan } from "./plan.ts";
import { bufferOf } from "./session.ts";
import type { Recorded } from "./settle.ts";
import { type HostBuffer, type HostNode, newBuffer, owner, partOf, sizeOf, type Value } from "./value.ts";

const asHostArray = (buffer: HostBuffer): HostArray => {
  if (buffer instanceof BigInt64Array || buffer instanceof Float64Array)
    throw new Error("host operations take float32, int32 and bool data only");
  return buffer;
};

/** When each memory is read last: the count of host operations and segments executed up to and with its last reader. */
export function lastReads(trace: Pick<Recorded, "nodes" | "values">, plan: Plan): ReadonlyMap<Value, number> {
  const reads = new Map<Value, number>();
  let clock = 0;
  const stageClock: number[] = [];
  const hostClock = new Map<number, number>();
  for (const step of plan.steps) {
    stageClock.push(++clock);
    for (const index of step.hostNodes) hostClock.set(index, ++clock);
  }
  for (const [stage, step] of plan.steps.entries()) {
    for (const { id } of step.program?.feeds ?? []) note(trace.values[id], stageClock[stage]);
    for (const index of step.hostNodes)
      for (const input of trace.nodes[index]?.inputs ?? []) note(input, hostClock.get(index));
  }
  function note(value: Value | undefined, at: number | undefined): void {
    if (value === undefined || at === undefined) return;
    const memory = owner(value);
    reads.set(memory, Math.max(reads.get(memory) ?? 0, at));
  }
  return reads;
}

/**
 * Runs one host operation at time `now` of lastReads' clock. Taking over needs: no handle left, nobody outside holds the
 * buffer, no later reader, and the operation itself sees it through one input only.
 */
export function runHostNode(node: HostNode, now: number, reads: ReadonlyMap<Value, number>): void {
  const inputs = node.inputs.map((input) => asHostArray(bufferOf(input)));
  const taken = new Set<number>();
  const outputs = node.op.outputs.map((output) => {
    if (output.over === undefined) return asHostArray(newBuffer(output.dtype, sizeOf(output.shape)));
    const source = node.inputs[output.over];
    const buffer = inputs[output.over];
    if (source === undefined || buffer === undefined)
      throw new Error(`output over input ${output.over}, which is not there`);
    const memory = owner(source);
    const mayTake =
      memory.handles === 0 &&
      memory.exclusive &&
      !taken.has(output.over) &&
      (reads.get(memory) ?? 0) <= now &&
      node.inputs.filter((input) => owner(input) === memory).length === 1;
    if (!mayTake) return buffer.slice();
    taken.add(output.over);
    return buffer;
  });
  node.op.run(inputs, outputs, node.numbers);
  for (const index of taken) {
    const source = node.inputs[index];
    if (source !== undefined) owner(source).buffer = null;
  }
  for (const [i, value] of node.outputs.entries()) {
    value.part = partOf(value);
    value.buffer = outputs[i] ?? null;
    value.producer = null;
  }
}
