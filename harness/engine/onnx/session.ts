// Runs programs through onnxruntime-node: sessions, their options, tensors in and out. The public, asynchronous API only;
// the synchronous door is sync-session.ts.
import { env, InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { OptimisationLevel } from "../engine.ts";
import type { Program, ProgramValue } from "./plan.ts";
import { type HostBuffer, newBuffer, owner, sizeOf, type Value } from "./value.ts";

export type Provider = "cpu" | "webgpu" | "cuda";

export interface SessionSettings {
  readonly threads: number;
  readonly optimisation: OptimisationLevel;
  /** What executes. Operators that it does not have run on the cpu inside the same session. */
  readonly provider: Provider;
  /** Channels that blocked convolutions take together; 1 where there are none. */
  readonly convBlock: number;
}

/** How errors and warnings call the engine of a provider. */
export const engineLabel = (provider: Provider): string =>
  provider === "cpu" ? "engine onnx" : `engine onnx-${provider}`;

/** What a run gives for one output: host memory, or a tensor that stays on the device. */
export type Produced = HostBuffer | OrtTensor;

// Warnings of the runtime go to stderr unasked; errors come back as exceptions anyway.
env.logLevel = "error";

/** Results up to this many elements are read soon (losses, counters) and cost nothing to copy. */
const SMALL = 16;

const staysOnDevice = ({ type, shape }: ProgramValue, program: Program) =>
  !program.toHost && (type === "float32" || type === "int32") && sizeOf(shape) > SMALL;

/** Session options: neither arena nor memory pattern, which cost memory here and gain no time (measured). */
export function sessionOptions(settings: SessionSettings, program: Program): InferenceSession.SessionOptions {
  const { threads, optimisation, provider } = settings;
  const common: InferenceSession.SessionOptions = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: optimisation,
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: 4,
  };
  if (provider === "cpu") return common;
  if (provider === "cuda") return { ...common, executionProviders: ["cuda"] };
  const place = (fetch: ProgramValue) => (staysOnDevice(fetch, program) ? "gpu-buffer" : "cpu");
  return {
    ...common,
    executionProviders: ["webgpu"],
    preferredOutputLocation: Object.fromEntries(program.fetches.map((fetch) => [fetch.name, place(fetch)])),
  };
}

/** The buffer that holds a ready value's elements. */
export function bufferOf(value: Value): HostBuffer {
  const { buffer } = owner(value);
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

/** A device tensor is fed in any shape of equal size: the view shares its memory and owns none. */
function feedOf(value: Value): OrtTensor {
  const { buffer, device } = owner(value);
  if (buffer !== null || device === null) return new OrtTensor(value.type, bufferOf(value), value.shape);
  return OrtTensor.fromGpuBuffer(device.gpuBuffer, { dataType: deviceType(value.type), dims: value.shape });
}

const deviceType = (type: Value["type"]): "float32" | "int32" => {
  if (type === "float32" || type === "int32") return type;
  throw new Error(`no ${type} tensors stay on the device`);
};

/** The program's inputs as the runtime takes them; `values` is the trace's table by id. */
export function feedsOf(program: Program, values: readonly Value[]): Record<string, OrtTensor> {
  const feeds: Record<string, OrtTensor> = {};
  for (const { name, id } of program.feeds) {
    const value = values[id];
    if (value === undefined) throw new Error(`no value for feed ${name}`);
    feeds[name] = feedOf(value);
  }
  return feeds;
}

/** The program's outputs, in the order of its fetches. */
export function producedBy(
  program: Program,
  results: Readonly<Record<string, OrtTensor | undefined>>,
): Produced[] {
  return program.fetches.map((fetch) => {
    const result = results[fetch.name];
    return result?.location === "gpu-buffer" ? result : asBuffer(result?.data, fetch);
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
    return new AsyncSession(
      await InferenceSession.create(program.model, sessionOptions(settings, program)),
      program,
    );
  }

  async run(values: readonly Value[]): Promise<Produced[]> {
    const results = await this.session.run(feedsOf(this.program, values), this.fetches);
    return producedBy(this.program, results as Record<string, OrtTensor>);
  }

  async close(): Promise<void> {
    await this.session.release();
  }
}
