// Executes one trace: segment by segment through ONNX Runtime, host operations in between, values filled in.
// Written once as a generator, so that the asynchronous and the synchronous way are the same steps.
import { RankbenchError } from "#harness/failure/error.ts";
import { lastReads, runHostNode } from "./host-run.ts";
import { nodeIndexIn, type Plan, type Program, planTrace } from "./plan.ts";
import type { ProgramCache } from "./program-cache.ts";
import type { Produced } from "./session.ts";
import type { Trace } from "./trace.ts";
import { type HostNode, isReady, owner, type TraceNode, type Value } from "./value.ts";

/** What a trace holds once it is recorded: its nodes, and its values by id. */
export interface Recorded {
  readonly nodes: readonly TraceNode[];
  readonly values: readonly Value[];
  /** Per value: whether it comes from outside. */
  readonly external: readonly boolean[];
}

export interface Settlement {
  readonly trace: Recorded;
  readonly plan: Plan;
  /** Values that someone can still read, in order of their ids. */
  readonly live: readonly Value[];
  /** When each memory is read last, where that is known already. */
  readonly reads?: ReadonlyMap<Value, number>;
  /** Told of each host operation before it runs. */
  readonly beforeHost?: (index: number, node: HostNode) => void;
}

/** A trace that was just recorded, before it runs. */
export interface FreshSettlement extends Settlement {
  readonly trace: Trace;
  readonly key: string;
}

export function settlement(trace: Trace, live: readonly Value[], cache: ProgramCache): FreshSettlement {
  const key = trace.key(live);
  return { trace, key, plan: cache.plan(key, () => planTrace(trace, live)), live };
}

/** A program to run, and the values its ids stand for. */
interface RunRequest {
  readonly program: Program;
  readonly values: readonly Value[];
}

type Steps = Generator<RunRequest, void, Produced[]>;

function receive(value: Value | undefined, produced: Produced | undefined): void {
  if (value === undefined || produced === undefined) return;
  if ("location" in produced) value.device = produced;
  else value.buffer = produced;
}

/** Brings a value into host memory, where host operations and callers read it. */
function* download(value: Value, cache: ProgramCache): Steps {
  const memory = owner(value);
  if (memory.buffer !== null || memory.device === null) return;
  const program = cache.download(memory.type, memory.shape);
  const [produced] = yield { program, values: [memory] };
  receive(memory, produced);
}

/** Yields programs to run; takes their outputs back. */
function* steps({ trace, plan, live, reads: known, beforeHost }: Settlement, cache: ProgramCache): Steps {
  for (const value of trace.values) {
    const { failure } = owner(value);
    if (failure !== null && trace.external[value.id]) throw failure;
  }
  for (const index of plan.hostConstants) {
    const node = trace.nodes[index];
    const [value] = node?.outputs ?? [];
    if (node?.kind === "constant" && value !== undefined) value.buffer = node.data.slice();
  }
  const reads = plan.steps.some((step) => step.hostNodes.length > 0)
    ? (known ?? lastReads(trace, plan))
    : null;
  const forget = reads === null ? null : forgetting(trace, plan, live, reads);
  let clock = 0;
  for (const { program, hostNodes } of plan.steps) {
    clock++;
    if (program !== null) {
      const produced = yield { program, values: trace.values };
      for (const [i, { id }] of program.fetches.entries()) receive(trace.values[id], produced[i]);
    }
    forget?.(clock);
    for (const index of hostNodes) {
      const node = trace.nodes[index];
      clock++;
      if (node?.kind !== "host" || reads === null) continue;
      for (const input of node.inputs) yield* download(input, cache);
      beforeHost?.(index, node);
      runHost(node, clock, reads, cache.engineLabel);
      forget?.(clock);
    }
  }
}

/** Lets go of host memory that passes from segment to segment, once it has been read for the last time. */
function forgetting(
  trace: Recorded,
  plan: Plan,
  live: readonly Value[],
  reads: ReadonlyMap<Value, number>,
): (clock: number) => void {
  const wanted = new Set(live.map(owner));
  const due = new Map<number, Value[]>();
  for (const { program } of plan.steps)
    for (const { id } of program?.fetches ?? []) {
      const value = trace.values[id];
      const last = value === undefined ? undefined : reads.get(value);
      if (value !== undefined && last !== undefined && !wanted.has(value))
        due.set(last, [...(due.get(last) ?? []), value]);
    }
  return (clock) => {
    for (const value of due.get(clock) ?? []) value.buffer = null;
  };
}

function runHost(node: HostNode, clock: number, reads: ReadonlyMap<Value, number>, thing: string): void {
  try {
    runHostNode(node, clock, reads);
  } catch (cause) {
    throw new RankbenchError({
      reason: "internal",
      problem: `host operation ${node.op.name} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      thing,
      cause,
    });
  }
}

/** The error of a failed run, naming the tfjs kernel that recorded the node. */
function runError(cause: unknown, trace: Recorded, thing: string): Error {
  if (cause instanceof RankbenchError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  const index = nodeIndexIn(text);
  const node = index === null ? undefined : trace.nodes[index];
  const shapes = (values: readonly Value[]) => values.map((value) => `[${value.shape}]`).join(" ");
  return new RankbenchError({
    reason: "engine",
    problem:
      node === undefined
        ? `a recorded step failed: ${text}`
        : `tfjs kernel ${node.kernel} failed on ${shapes(node.inputs)} -> ${shapes(node.outputs)}: ${text}`,
    thing,
    cause,
  });
}

/** Frees the device memory of a value that nothing refers to any more. */
export function releaseDevice(value: Value): void {
  value.device?.dispose();
  value.device = null;
}

/** Values keep no pointer to the trace once it ran; those that got no buffer carry the reason. */
function finish({ trace, live }: Settlement, failure: Error | null): void {
  if (failure !== null) for (const value of live) if (!isReady(value)) value.failure = failure;
  for (const node of trace.nodes)
    for (const output of node.outputs) {
      output.producer = null;
    }
}

async function drive(run: Steps, cache: ProgramCache): Promise<void> {
  let next = run.next();
  while (!next.done) {
    const { program, values } = next.value;
    const session = await cache.asyncSession(program);
    next = run.next(await session.run(values));
  }
}

function driveSync(run: Steps, cache: ProgramCache): void {
  let next = run.next();
  while (!next.done) {
    const { program, values } = next.value;
    next = run.next(cache.syncSession(program).run(values));
  }
}

export async function settleWith(work: Settlement, cache: ProgramCache): Promise<void> {
  let failure: Error | null = null;
  try {
    await drive(steps(work, cache), cache);
  } catch (cause) {
    failure = runError(cause, work.trace, cache.engineLabel);
    throw failure;
  } finally {
    finish(work, failure);
  }
}

export function settleWithSync(work: Settlement, cache: ProgramCache): void {
  let failure: Error | null = null;
  try {
    driveSync(steps(work, cache), cache);
  } catch (cause) {
    failure = runError(cause, work.trace, cache.engineLabel);
    throw failure;
  } finally {
    finish(work, failure);
  }
}

/** Brings a ready value into host memory. */
export const toHost = (value: Value, cache: ProgramCache): Promise<void> =>
  drive(download(value, cache), cache);
export const toHostSync = (value: Value, cache: ProgramCache): void =>
  driveSync(download(value, cache), cache);
