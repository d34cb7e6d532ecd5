// Logical in-place peak memory of a recorded trace: what an engine would need that frees a tensor at its last use and
// writes a result over an operand that dies with it. Bytes are exact and owe nothing to any allocator.
import type { LogicalPeak, MemoryPart } from "../engine.ts";
import type { Plan } from "./plan.ts";
import type { Trace } from "./trace.ts";
import { bytesOf, memoryRoot, owner, partOf, type TraceNode, type Value } from "./value.ts";

const FOREVER = Number.POSITIVE_INFINITY;

type Parts = Record<MemoryPart, number>;
const noParts = (): Parts => ({ weights: 0, gradients: 0, optimizerState: 0, activations: 0 });

/** Nodes that make no memory: reshapes share theirs, constants are part of the program. */
const isFree = (node: TraceNode) =>
  node.kind === "constant" || (node.kind === "graph" && node.op === "Reshape");

const describe = (node: TraceNode, output: Value) => `${node.kernel}[${output.shape}]`;

/** Whether output `index` of `node` may lie on the dying operand `donor`. */
function mayLieOn(node: TraceNode, index: number, donor: Value, result: Value): boolean {
  if (node.kind !== "host") return bytesOf(donor) === bytesOf(result);
  const over = node.op.outputs[index]?.over;
  const source = over === undefined ? undefined : node.inputs[over];
  return source !== undefined && memoryRoot(source) === donor;
}

/**
 * The peak of one trace. `carried` are memories alive before it that count whether or not it touches them. Must be called
 * before the trace runs: it reads who produced what.
 */
export function tracePeak(
  trace: Trace,
  plan: Plan,
  live: readonly Value[],
  carried: Iterable<Value>,
): LogicalPeak {
  const order = trace.nodes.filter((_, i) => plan.needed[i] === 1);
  const made = new Set<Value>();
  for (const node of order) for (const output of node.outputs) made.add(output);

  const lastUse = new Map<Value, number>();
  const initial = new Set<Value>();
  for (const [k, node] of order.entries())
    for (const input of node.inputs) {
      const root = memoryRoot(input);
      lastUse.set(root, k);
      if (!made.has(root)) initial.add(root);
    }
  for (const value of carried) {
    const root = memoryRoot(value);
    if (root.handles > 0 || initial.has(root)) initial.add(root);
  }
  for (const root of initial) if (root.handles > 0) lastUse.set(root, FOREVER);
  for (const value of live) lastUse.set(memoryRoot(value), FOREVER);

  const diesAt = new Map<number, Value[]>();
  const dies = (value: Value, k: number) => {
    const list = diesAt.get(k);
    if (list === undefined) diesAt.set(k, [value]);
    else list.push(value);
  };
  const parts = noParts();
  let now = 0;
  const count = (value: Value, sign: 1 | -1) => {
    now += sign * bytesOf(value);
    parts[partOf(value)] += sign * bytesOf(value);
  };
  for (const root of initial) {
    count(root, 1);
    const last = lastUse.get(root) ?? FOREVER;
    if (last !== FOREVER) dies(root, last);
  }
  let best: LogicalPeak = { totalBytes: now, parts: { ...parts }, at: "start" };
  for (const [k, node] of order.entries()) {
    const dying = diesAt.get(k) ?? [];
    const donated = new Set<Value>();
    if (!isFree(node))
      for (const [index, output] of node.outputs.entries()) {
        const donor = dying.find((value) => !donated.has(value) && mayLieOn(node, index, value, output));
        if (donor !== undefined) {
          donated.add(donor);
          count(donor, -1);
        }
        count(output, 1);
        const last = lastUse.get(output) ?? k;
        if (last !== FOREVER) dies(output, last);
        if (now > best.totalBytes)
          best = { totalBytes: now, parts: { ...parts }, at: describe(node, output) };
      }
    for (const value of diesAt.get(k) ?? []) if (!donated.has(value)) count(value, -1);
  }
  return best;
}

/** Watches the traces that settle during one step and keeps the greatest peak. */
export class PeakMeter {
  private peak: LogicalPeak;
  private readonly carried = new Set<Value>();

  constructor(resident: Iterable<Value>) {
    for (const value of resident) this.carried.add(memoryRoot(value));
    const parts = noParts();
    let totalBytes = 0;
    for (const value of this.carried) {
      parts[partOf(value)] += bytesOf(value);
      totalBytes += bytesOf(value);
    }
    this.peak = { totalBytes, parts, at: "start" };
  }

  /** Called before a trace runs. */
  observe(trace: Trace, plan: Plan, live: readonly Value[]): void {
    const peak = tracePeak(trace, plan, live, this.carried);
    if (peak.totalBytes > this.peak.totalBytes) this.peak = peak;
    for (const [id, value] of trace.values.entries())
      if (trace.external[id] === true) this.carried.add(memoryRoot(value));
    for (const value of live) this.carried.add(owner(value));
    for (const value of this.carried) if (value.handles === 0) this.carried.delete(value);
  }

  result(): LogicalPeak {
    return this.peak;
  }
}
