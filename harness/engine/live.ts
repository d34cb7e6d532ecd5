// What a recorded step must make anew each time it runs: numbers of the schedule, masks drawn from a stream.
// A step that says so through these functions can be replayed without its code; they know no engine.
import { type Tensor, tensor } from "./tensor.ts";

/** Writes a live tensor's elements. */
export type Fill = (into: Float32Array) => void;

/** Who hears of live values while a step is recorded, so that they can be made again when it is replayed. */
export interface LiveListener {
  /** `drawn`: `fill` moves a random stream on, so that it must run exactly once a step, in recorded order. */
  live(made: Tensor, fill: Fill, drawn: boolean): void;
  /** The step uses something that changes and is not live: it cannot be replayed. */
  refuse(why: string): void;
}

let listener: LiveListener | null = null;
/** How many live functions are being called right now. */
let depth = 0;

/** Calls `record`, which must be synchronous, and tells `to` of all that is live in it. */
export function listen<T>(to: LiveListener, record: () => T): T {
  const before = listener;
  listener = to;
  try {
    return record();
  } finally {
    listener = before;
  }
}

/** Calls a live function: inside, changing values may be read. */
export function evaluateLive<T>(read: () => T): T {
  depth++;
  try {
    return read();
  } finally {
    depth--;
  }
}

/** To be called where a changing value is read: a step that does so outside of a live function cannot be replayed. */
export function noteReading(what: string): void {
  if (listener !== null && depth === 0) listener.refuse(`${what} is read while the step is recorded`);
}

function make(shape: readonly number[], fill: Fill, drawn: boolean): Tensor {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  evaluateLive(() => fill(values));
  const made = tensor(values, [...shape], "float32");
  listener?.live(made, fill, drawn);
  return made;
}

/** A scalar that is `read()` of the step that runs; `read` must be pure but for the step's own numbers. */
export const liveScalar = (read: () => number): Tensor =>
  make(
    [],
    (into) => {
      into[0] = read();
    },
    false,
  );

/** A tensor of random numbers, drawn once for each step. */
export const drawnTensor = (shape: readonly number[], fill: Fill): Tensor => make(shape, fill, true);
