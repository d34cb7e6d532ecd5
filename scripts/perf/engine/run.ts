// Runs the measuring processes: one at a time, the contenders of a model in turn, round after round, so that a busy
// machine is unfair to all alike. Never two at once.
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RankbenchError } from "#harness/failure/error.ts";
import { systemName } from "#harness/measure/environment.ts";
import { observeMachine, readOptional } from "#harness/measure/machine.ts";
import {
  CONTENDERS,
  type Contender,
  type Measurement,
  measurementSchema,
  type Results,
} from "./measurement.ts";
import type { PerfSpec } from "./models/model.ts";
import { writeTwin } from "./twin.ts";

const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));
const TORCH = fileURLToPath(new URL("./torch_models.py", import.meta.url));

export interface RunOptions {
  readonly specs: readonly PerfSpec[];
  readonly rounds: number;
  /** Time that the timed steps of one process take at least, milliseconds. */
  readonly budgetMs: number;
  /** Interpreter with the PyTorch to be compared with. */
  readonly python: string;
  /** Interpreter of the distribution, with its own PyTorch. */
  readonly debianPython: string;
  /** Day of the run, ISO. */
  readonly date: string;
  progress(line: string): void;
}

/** One thread whatever library looks: OpenMP and OpenBLAS read these before PyTorch is asked. */
const ONE_THREAD = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };

const ENGINES = ["onnx", "tfjs-wasm"] as const satisfies readonly Contender[];
const isEngine = (contender: Contender): boolean => (ENGINES as readonly string[]).includes(contender);

function measure(contender: Contender, spec: PerfSpec, folder: string, options: RunOptions): Measurement {
  const budget = String(options.budgetMs);
  const python = contender === "pytorch-debian" ? options.debianPython : options.python;
  const [command, args] = isEngine(contender)
    ? [process.execPath, ["--import", "tsx", CHILD, spec.id, contender, budget]]
    : [python, [TORCH, spec.id, folder, budget, contender === "pytorch-compile" ? "compile" : "eager"]];
  const done = spawnSync(command, args, {
    encoding: "utf8",
    env: { ...process.env, ...ONE_THREAD },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (done.error !== undefined) {
    if (isEngine(contender)) throw done.error;
    return { status: "skipped", reason: `${command} does not start: ${done.error.message}` };
  }
  if (done.status !== 0)
    throw new RankbenchError({
      reason: "internal",
      problem: `the measuring process ended with ${done.status ?? done.signal}`,
      thing: `benchmark of ${spec.id} on ${contender}`,
      value: done.stderr.trim().split("\n").slice(-3).join(" / "),
    });
  const last = done.stdout.trim().split("\n").at(-1) ?? "";
  return measurementSchema.parse(JSON.parse(last));
}

/** All rounds of one model. A contender that was skipped once is not asked again. */
async function measureModel(spec: PerfSpec, options: RunOptions): Promise<Results["models"][number]> {
  const folder = await mkdtemp(join(tmpdir(), "rankbench-perf-"));
  const contenders: Partial<Record<Contender, Measurement[]>> = {};
  try {
    await writeTwin(spec, folder);
    for (let round = 1; round <= options.rounds; round++)
      for (const contender of CONTENDERS) {
        const before = contenders[contender] ?? [];
        if (before[0]?.status === "skipped") continue;
        // Whether it is four times slower or forty shows in one round, which takes longer than all others together.
        if (contender === "tfjs-wasm" && round > 1) continue;
        const measurement = measure(contender, spec, folder, options);
        contenders[contender] = [...before, measurement];
        const found =
          measurement.status === "skipped"
            ? measurement.reason
            : `min ${Math.min(...measurement.stepMs).toFixed(2)} ms, ${measurement.stepMs.length} steps`;
        options.progress(`${spec.id} round ${round} ${contender}: ${found}`);
      }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { id: spec.id, what: spec.what, contenders };
}

export async function runAll(options: RunOptions): Promise<Results> {
  const { cpu, cores } = observeMachine();
  const before = loadavg()[0] ?? 0;
  const models: Results["models"] = [];
  for (const spec of options.specs) models.push(await measureModel(spec, options));
  return {
    date: options.date,
    machine: { cpu, cores, node: process.version, os: systemName(readOptional("/etc/os-release")) },
    load: [before, loadavg()[0] ?? 0],
    rounds: options.rounds,
    budgetMs: options.budgetMs,
    models,
  };
}
