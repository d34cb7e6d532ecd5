// A captured step: what one recording leaves so that it can run again without its JavaScript. Its values are private ones,
// which no tensor refers to; between two replays they hold nothing but constants. How it is run is replay.ts's business.
import { evaluateLive, type Fill, type LiveListener } from "../live.ts";
import type { Tensor } from "../tensor.ts";
import { lastReads } from "./host-run.ts";
import type { Plan } from "./plan.ts";
import type { FreshSettlement, Recorded } from "./settle.ts";
import { type HostBuffer, type HostNode, owner, sizeOf, type TraceNode, Value } from "./value.ts";

type Check = (elements: HostBuffer) => void;

/** Hears of all that a recording does beyond graph and host operations. */
export class Watch implements LiveListener {
  /** Why the step cannot be captured; the first reason stays. */
  refusal: string | null = null;
  readonly lives: { readonly memory: Value; readonly fill: Fill; readonly drawn: boolean }[] = [];
  readonly checks: { readonly memory: Value; readonly check: Check }[] = [];
  readonly #memoryOf: (tensor: Tensor) => Value;

  constructor(memoryOf: (tensor: Tensor) => Value) {
    this.#memoryOf = memoryOf;
  }

  live(made: Tensor, fill: Fill, drawn: boolean): void {
    this.lives.push({ memory: this.#memoryOf(made), fill, drawn });
  }

  refuse(why: string): void {
    this.refusal ??= why;
  }

  inspected(memory: Value, check: Check): void {
    this.checks.push({ memory, check });
  }
}

/** Memories at the ends of a recording. */
export interface Ends {
  readonly inputs: readonly Value[];
  /** Behind the carried tensors before and after recording, one by one. */
  readonly before: readonly Value[];
  readonly after: readonly Value[];
  readonly results: readonly Value[];
}

interface Live {
  readonly memory: Value;
  readonly fill: Fill;
  readonly drawn: boolean;
}

export interface Carried {
  readonly type: Value["type"];
  readonly size: number;
  /** What the step reads of it; null when it does not. */
  readonly source: Value | null;
  /** What the step makes of it; null when it stays as it is. */
  readonly successor: Value | null;
}

export interface Capture {
  /** Identity of the recorded structure. */
  readonly key: string;
  readonly plan: Plan;
  readonly trace: Recorded;
  readonly live: readonly Value[];
  readonly reads: ReadonlyMap<Value, number>;
  /** Memories of the inputs; null for one that the step does not read. */
  readonly inputs: readonly (Value | null)[];
  readonly lives: readonly Live[];
  readonly checks: readonly { readonly memory: Value; readonly check: Check }[];
  readonly carried: readonly Carried[];
  readonly results: readonly Value[];
  /** Memories from outside that stay as they were, by id of the first value that shows them. */
  readonly constants: ReadonlyMap<number, Value>;
  /** Host operations by their place in the trace. */
  readonly hosts: readonly { readonly index: number; readonly node: HostNode }[];
  /** Memories that hold something only while a replay runs. */
  readonly passing: readonly Value[];
  /** Where each value from outside comes from, in words, for comparisons. */
  readonly origins: readonly string[];
}

/** Private values in the place of recorded ones: one for each memory, views for the other shapes. */
class Privates {
  readonly #memories = new Map<Value, Value>();

  memory(recorded: Value): Value {
    let found = this.#memories.get(recorded);
    if (found === undefined) {
      found = new Value(recorded.shape, recorded.type);
      this.#memories.set(recorded, found);
    }
    return found;
  }

  value(recorded: Value): Value {
    const memory = this.memory(owner(recorded));
    return recorded.base === null ? memory : new Value(recorded.shape, recorded.type, memory);
  }
}

/**
 * What `work` leaves to be replayed; must be called before it runs. Returns the reason where the step cannot be captured.
 */
export function capture(work: FreshSettlement, watch: Watch, ends: Ends): Capture | string {
  const { trace, plan } = work;
  const { before, after, results } = ends;
  const obstacle = watch.refusal ?? obstacleIn(work, ends);
  if (obstacle !== null) return obstacle;

  const privates = new Privates();
  const values = trace.values.map((value, id) => {
    const made = privates.value(value);
    made.id = id;
    return made;
  });
  const known = (list: readonly Value[]): readonly Value[] => list.map((value) => at(values, value.id));
  const nodes = trace.nodes.map(
    (node): TraceNode => ({ ...node, inputs: known(node.inputs), outputs: known(node.outputs) }),
  );

  const origin = new Map<Value, string>();
  for (const [i, memory] of ends.inputs.entries()) origin.set(memory, `input ${i}`);
  for (const [i, { memory }] of watch.lives.entries()) origin.set(memory, `live ${i}`);
  for (const [i, memory] of before.entries()) origin.set(memory, `carried ${i}`);
  const read = new Set<Value>();
  const constants = new Map<number, Value>();
  const origins: string[] = [];
  for (const [id, value] of trace.values.entries()) {
    if (trace.external[id] !== true) continue;
    const memory = owner(value);
    origins.push(origin.get(memory) ?? "constant");
    if (!origin.has(memory) && !read.has(memory)) {
      const own = privates.memory(memory);
      own.buffer = memory.buffer;
      // The same elements are needed again: no operation may write over them, here or there.
      own.exclusive = false;
      memory.exclusive = false;
      constants.set(id, own);
    }
    read.add(memory);
  }

  for (const value of work.live) at(values, value.id).handles = 1;
  const exec: Recorded = { nodes, values, external: [...trace.external] };
  const held = new Set(constants.values());
  const lives = watch.lives.map((live): Live => ({ ...live, memory: privates.memory(live.memory) }));
  return {
    key: work.key,
    plan,
    trace: exec,
    live: work.live.map((value) => at(values, value.id)),
    reads: lastReads(exec, plan),
    inputs: ends.inputs.map((memory) => (read.has(memory) ? privates.memory(memory) : null)),
    lives,
    checks: watch.checks
      .filter(({ memory }) => origin.has(memory))
      .map(({ memory, check }) => ({ memory: privates.memory(memory), check })),
    carried: before.map((memory, i) => ({
      type: memory.type,
      size: sizeOf(memory.shape),
      source: read.has(memory) ? privates.memory(memory) : null,
      successor: after[i] === memory ? null : at(values, (after[i] as Value).id),
    })),
    results: results.map((value) => at(values, value.id)),
    constants,
    hosts: nodes.flatMap((node, index) =>
      node.kind === "host" && plan.needed[index] === 1 ? [{ index, node }] : [],
    ),
    passing: [...new Set(values.map(owner))].filter((memory) => !held.has(memory)),
    origins,
  };
}

const at = (values: readonly Value[], id: number): Value => {
  const value = values[id];
  if (value === undefined) throw new Error(`a captured step has no value ${id}`);
  return value;
};

/** Why what was recorded cannot be replayed, or null. */
function obstacleIn({ trace, live }: FreshSettlement, { before, after, results }: Ends): string | null {
  const madeHere = (value: Value) =>
    value.base === null && value.trace === trace.serial && trace.external[value.id] === false;
  if (after.length !== before.length) return "the number of carried tensors changes";
  if (new Set(before).size < before.length) return "two carried tensors share their memory";
  const changed = after.filter((value, i) => value !== before[i]);
  if (!changed.every(madeHere) || new Set(changed).size < changed.length)
    return "a carried tensor takes a value that the step does not make";
  if (after.some((value, i) => value.type !== before[i]?.type || !sameSize(value, before[i])))
    return "a carried tensor changes its shape";
  if (!results.every(madeHere)) return "the step does not make its result";
  const expected = new Set([...changed, ...results]);
  if (live.some((value) => !expected.has(value))) return "the step leaves further tensors behind";
  if (trace.values.some((value, id) => trace.external[id] === true && owner(value).buffer === null))
    return "the step uses what is not in host memory";
  return null;
}

const sameSize = (a: Value, b: Value | undefined) => b !== undefined && sizeOf(a.shape) === sizeOf(b.shape);

/** What a live tensor that is not drawn holds in this step. */
export function freshElements({ fill, memory }: Live): Float32Array {
  const into = new Float32Array(sizeOf(memory.shape));
  evaluateLive(() => fill(into));
  return into;
}
