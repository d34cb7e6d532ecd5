// Runs programs through onnxruntime-node: sessions, their options, tensors in and out. The public, asynchronous API only;
// the synchronous door is sync-session.ts.
import { env, InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { OptimisationLevel } from "../engine.ts";
import type { Program } from "./plan.ts";
import { type HostBuffer, newBuffer, sizeOf, type Value } from "./value.ts";

export interface SessionSettings {
  readonly threads: number;
  readonly optimisation: OptimisationLevel;
}

// Warnings of the runtime go to stderr unasked; errors come back as exceptions anyway.
env.logLevel = "error";

/** Session options: neither arena nor memory pattern, which cost memory here and gain no time (measured). */
export const sessionOptions = (settings: SessionSettings): InferenceSession.SessionOptions => ({
  intraOpNumThreads: settings.threads,
  interOpNumThreads: 1,
  graphOptimizationLevel: settings.optimisation,
  enableCpuMemArena: false,
  enableMemPattern: false,
  logSeverityLevel: 4,
});

/** The buffer that holds a ready value's elements. */
export function bufferOf(value: Value): HostBuffer {
  const { buffer } = value.base ?? value;
  if (buffer === null) throw new Error(`value v${value.id} was fed before it was ready`);
  return buffer;
}

/** What comes back from the runtime, as the plain arrays that the engine keeps. Empty tensors may come as other kinds. */
export function asBuffer(
  data: unknown,
  value: { type: Value["type"]; shape: readonly number[] },
): HostBuffer {
  if (
    data instanceof Float32Array ||
    data instanceof Float64Array ||
    data instanceof Int32Array ||
    data instanceof Uint8Array ||
    data instanceof BigInt64Array
  )
    return data;
  if (sizeOf(value.shape) === 0) return newBuffer(value.type, 0);
  throw new Error(`the runtime returned no ${value.type} data`);
}

/** The program's inputs as the runtime takes them; `values` is the trace's table by id. */
export function feedsOf(program: Program, values: readonly Value[]): Record<string, OrtTensor> {
  const feeds: Record<string, OrtTensor> = {};
  for (const { name, id } of program.feeds) {
    const value = values[id];
    if (value === undefined) throw new Error(`no value for feed ${name}`);
    feeds[name] = new OrtTensor(value.type, bufferOf(value), value.shape);
  }
  return feeds;
}

/** The program's outputs, in the order of its fetches. */
export function buffersOf(
  program: Program,
  values: readonly Value[],
  results: Readonly<Record<string, { readonly data: unknown } | undefined>>,
): HostBuffer[] {
  return program.fetches.map(({ name, id }) => {
    const value = values[id];
    if (value === undefined) throw new Error(`no value for fetch ${name}`);
    return asBuffer(results[name]?.data, value);
  });
}

export class AsyncSession {
  private readonly session: InferenceSession;
  private readonly program: Program;
  private readonly fetches: string[];

  private constructor(session: InferenceSession, program: Program) {
    this.session = session;
    this.program = program;
    this.fetches = program.fetches.map((fetch) => fetch.name);
  }

  static async open(program: Program, settings: SessionSettings): Promise<AsyncSession> {
    return new AsyncSession(await InferenceSession.create(program.model, sessionOptions(settings)), program);
  }

  async run(values: readonly Value[]): Promise<HostBuffer[]> {
    const results = await this.session.run(feedsOf(this.program, values), this.fetches);
    return buffersOf(this.program, values, results as Record<string, OrtTensor>);
  }

  async close(): Promise<void> {
    await this.session.release();
  }
}
