// Runs a captured step: binds what is new to its private values, runs its plan, hands the results over.
import { type HostArray, numbersOf } from "../host-op.ts";
import { evaluateLive } from "../live.ts";
import type { HostTensor } from "../steps.ts";
import type { Capture } from "./capture.ts";
import type { Settlement } from "./settle.ts";
import { owner, sizeOf, Value } from "./value.ts";

/** A value behind a carried tensor and whether anything else refers to it. */
export interface Held {
  readonly value: Value;
  readonly shared: boolean;
}

/** Why the step cannot be replayed with what the carried tensors hold now, or null. */
export function obstacle(captured: Capture, held: readonly Held[]): string | null {
  if (held.length !== captured.carried.length) return "the number of carried tensors changes";
  for (const [i, { successor, type, size }] of captured.carried.entries()) {
    const now = held[i];
    if (now === undefined) continue;
    if (now.value.type !== type || sizeOf(now.value.shape) !== size)
      return "a carried tensor changes its shape";
    if (successor !== null && now.shared) return "a carried tensor is shared";
    if (owner(now.value).buffer === null) return "a carried tensor is not in host memory";
  }
  return null;
}

/** Puts the step's batch, live values and carried tensors in place. */
function bind(captured: Capture, held: readonly Held[], inputs: readonly HostTensor[]): void {
  for (const [i, memory] of captured.inputs.entries()) {
    if (memory === null) continue;
    memory.buffer = inputs[i]?.data ?? null;
    // The caller's own array.
    memory.exclusive = false;
  }
  for (const { memory, fill } of captured.lives) {
    const elements = new Float32Array(sizeOf(memory.shape));
    evaluateLive(() => fill(elements));
    memory.buffer = elements;
    memory.exclusive = true;
  }
  for (const [i, { source, successor }] of captured.carried.entries()) {
    const now = held[i];
    if (source === null || now === undefined) continue;
    const memory = owner(now.value);
    source.buffer = memory.buffer;
    source.exclusive = successor !== null && memory.exclusive && memory.handles === 1;
  }
  for (const { node } of captured.hosts) node.numbers = numbersOf(node.op);
  for (const { memory, check } of captured.checks) if (memory.buffer !== null) check(memory.buffer);
}

/**
 * Runs the step; `run` executes a settlement and `rebind` puts a new value behind carried tensor `i`. After an error each
 * carried tensor holds its new value or the error, as after a recorded step.
 */
export async function replay(
  captured: Capture,
  held: readonly Held[],
  inputs: readonly HostTensor[],
  run: (work: Settlement) => Promise<void>,
  rebind: (i: number, next: Value) => void,
): Promise<HostArray[]> {
  const { trace, plan, live, reads, carried, results, passing } = captured;
  let ran = false;
  try {
    bind(captured, held, inputs);
    ran = true;
    await run({ trace, plan, live, reads });
    return results.map((value) => value.buffer as HostArray);
  } finally {
    if (ran)
      for (const [i, { successor }] of carried.entries()) {
        const now = held[i];
        if (successor === null || now === undefined) continue;
        const next = new Value(now.value.shape, now.value.type);
        next.buffer = successor.buffer;
        next.failure = successor.failure;
        next.part = owner(now.value).part;
        rebind(i, next);
      }
    for (const memory of passing) {
      memory.buffer = null;
      memory.failure = null;
    }
  }
}
