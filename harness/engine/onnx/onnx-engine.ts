// The engine seam over the lazy ONNX Runtime backend.
import { createRequire } from "node:module";
import { RankbenchError } from "#harness/failure/error.ts";
import type {
  Engine,
  EngineFacts,
  EngineName,
  EngineOptions,
  EngineStats,
  LogicalPeak,
  MemoryPart,
} from "../engine.ts";
import { RecordingRunner, StepCounters, type StepRunner } from "../steps.ts";
import { registerBackend, removeBackend, type Tensor } from "../tensor.ts";
import { OnnxBackend } from "./backend.ts";
import { convolutionBlock, tryProvider } from "./provider.ts";
import { registerKernels } from "./register.ts";
import { CapturingRunner, type StepRunnerOptions } from "./step-runner.ts";

const DEFAULT_MAX_PROGRAMS = 32;
const DEFAULT_VERIFY_EVERY = 200;

function versionOf(packageName: string): string {
  const require = createRequire(import.meta.url);
  const { version } = require(`${packageName}/package.json`) as { version: string };
  return version;
}

export class OnnxEngine implements Engine {
  readonly name: EngineName;
  private readonly backend: OnnxBackend;
  private readonly known: EngineFacts;
  /** Null where steps are not captured. */
  private readonly capturing: StepRunnerOptions | null;
  private readonly counters = new StepCounters();
  private open = true;

  constructor(backend: OnnxBackend, facts: EngineFacts, capturing: StepRunnerOptions | null) {
    this.backend = backend;
    this.known = facts;
    this.capturing = capturing;
    this.name = facts.name;
  }

  facts(): EngineFacts {
    return this.known;
  }

  stats(): EngineStats {
    const { cache, schedule } = this.backend;
    return {
      programsBuilt: cache.programsBuilt,
      buildMs: cache.buildMs,
      programsAlive: cache.programsAlive,
      runs: schedule.runs,
      cacheHits: cache.hits,
      runMs: schedule.runMs,
      steps: this.counters.counts(),
    };
  }

  steps(): StepRunner {
    // Replays move buffers of host memory from step to step; what stays on a device is not handled.
    const why = this.known.provider === "cpu" ? "capturing is switched off" : "tensors stay on the device";
    return this.capturing === null
      ? new RecordingRunner(this.counters, why, () => this.settle())
      : new CapturingRunner(this.backend, this.counters, this.capturing);
  }

  settle(): Promise<void> {
    return this.backend.settle();
  }

  tag(part: MemoryPart, tensors: Iterable<Tensor>): void {
    this.backend.tag(part, tensors);
  }

  measurePeak(step: () => Promise<void>, resident: Iterable<Tensor>): Promise<LogicalPeak> {
    return this.backend.measurePeak(step, resident);
  }

  liveTensors(): number {
    return this.backend.numDataIds();
  }

  async dispose(): Promise<void> {
    if (!this.open) return;
    this.open = false;
    await this.backend.settle().catch(() => undefined);
    removeBackend(this.name);
  }
}

function positiveInteger(value: number, field: string): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RankbenchError({
    reason: "usage",
    problem: `${field} must be a whole number of at least 1`,
    thing: "engine onnx",
    field,
    value,
    wanted: "1, 2, 3, ...",
  });
}

/** Engines of this file: one lazy backend, three providers. */
const PROVIDERS = { onnx: "cpu", "onnx-webgpu": "webgpu", "onnx-cuda": "cuda" } as const;
export type OnnxEngineName = keyof typeof PROVIDERS;

/** Opens the engine; the tfjs backend is chosen by the caller. Throws when the provider does not work on this machine. */
export async function openOnnx(
  name: OnnxEngineName,
  options: EngineOptions,
): Promise<{ engine: Engine; backendName: string }> {
  const threads = positiveInteger(options.threads ?? 1, "threads");
  const maxPrograms = positiveInteger(options.maxPrograms ?? DEFAULT_MAX_PROGRAMS, "maxPrograms");
  const verifyEvery = positiveInteger(options.verifyEvery ?? DEFAULT_VERIFY_EVERY, "verifyEvery");
  const optimisation = options.optimisation ?? "all";
  const provider = PROVIDERS[name];
  if (provider !== "cpu") await tryProvider(name, provider);
  const convBlock = provider === "cpu" ? await convolutionBlock() : 1;
  const warn = options.onWarning ?? ((message: string) => process.emitWarning(message, "RankbenchWarning"));
  const backend = new OnnxBackend({ threads, optimisation, provider, convBlock }, maxPrograms, warn);
  registerKernels(name);
  registerBackend(name, () => backend);
  const facts: EngineFacts = {
    name,
    versions: {
      "onnxruntime-node": versionOf("onnxruntime-node"),
      "@tensorflow/tfjs-core": versionOf("@tensorflow/tfjs-core"),
    },
    provider,
    threads,
    optimisation,
  };
  const captures = (options.captureSteps ?? true) && provider === "cpu";
  const capturing = captures ? { maxCaptures: maxPrograms, verifyEvery } : null;
  return { engine: new OnnxEngine(backend, facts, capturing), backendName: name };
}
