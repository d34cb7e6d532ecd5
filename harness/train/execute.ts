// One run from its job to its outcome, inside the worker process: data, model, method, training, finish, measures.

import { resolveSources } from "#harness/data/resolve.ts";
import type { ResolvedSource } from "#harness/data/source.ts";
import { ENGINE_NAMES, type Engine, type EngineName } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { unknownName } from "#harness/failure/suggest.ts";
import { parseConfig } from "#harness/method/config.ts";
import type { Method, TaskFacts } from "#harness/method/contract.ts";
import { findMethod } from "#harness/method/registry.ts";
import { supportOf } from "#harness/method/support.ts";
import { stream } from "#harness/random/stream.ts";
import type { DataFileRecord, Outcome } from "#harness/record/schema.ts";
import type { ScalePreset, Task } from "#harness/task/contract.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { findTask } from "#harness/task/registry.ts";
import { type TakeMachine, type TimedRun, timeRun, unshared } from "./alone.ts";
import { DENSE_METHOD, denseKey, reachDense, storeDense } from "./dense.ts";
import { Divergence } from "./divergence.ts";
import { finishRun } from "./finish.ts";
import type { RunJob, WorkerEvent } from "./job.ts";
import { measureTrainingMemory } from "./measured-memory.ts";
import { type MainStage, makeMethodRun, runStages, totalSteps } from "./method-run.ts";
import { makeReporter, now, type Reporter } from "./reporter.ts";
import type { RunContext } from "./stage.ts";

interface Loaded {
  readonly task: Task;
  readonly preset: ScalePreset;
  readonly facts: TaskFacts;
  readonly method: Method;
  readonly config: Record<string, unknown>;
}

async function loadParts(job: RunJob): Promise<Loaded> {
  const { identity } = job;
  const task = await findTask(identity.task);
  const facts = taskFacts(task, identity.scale);
  const method = await findMethod(identity.method);
  const preset = taskPreset(task, identity.scale);
  return { task, preset, facts, method, config: parseConfig(method, identity.config) };
}

function taskPreset(task: Task, scale: TaskFacts["scale"]): ScalePreset {
  const preset = task.scales[scale];
  if (preset === undefined) throw new Error(`task ${task.id} has no scale ${scale}`);
  return preset;
}

/** Resolves the task's sources and checks that they are what the identity says: data may have changed since the plan. */
async function loadSources(job: RunJob, parts: Loaded): Promise<Map<string, ResolvedSource>> {
  const { sampleOnly } = parts.preset;
  const sources = await resolveSources(parts.task.sources, { sampleOnly, download: false });
  const fingerprint = [...sources.values()].map((source) => source.fingerprint).join("+");
  if (fingerprint !== job.identity.data) {
    throw new RankbenchError({
      reason: "data",
      thing: `task ${parts.task.id}`,
      problem: "the data is not what the run was planned with",
      field: "data",
      value: fingerprint,
      wanted: job.identity.data,
      next: "start the same command again",
    });
  }
  return sources;
}

function dataRecords(sources: ReadonlyMap<string, ResolvedSource>): DataFileRecord[] {
  return [...sources.values()].flatMap((source) =>
    [...source.files.values()].map((file) => ({
      source: source.id,
      file: file.name,
      variant: file.variant,
      sha256: file.sha256,
      bytes: file.bytes,
    })),
  );
}

const isEngineName = (name: string): name is EngineName => (ENGINE_NAMES as readonly string[]).includes(name);

async function open(job: RunJob, reporter: Reporter): Promise<Engine> {
  const { engine } = job.identity;
  if (!isEngineName(engine))
    throw unknownName({ reason: "usage", kind: "engine", name: engine, known: ENGINE_NAMES });
  return openEngine(engine, { ...job.engineOptions, onWarning: (message) => reporter.note(message) });
}

/** Trains and measures; throws Divergence. */
async function train(
  job: RunJob,
  parts: Loaded,
  run: RunContext,
  timed: TimedRun,
  started: number,
): Promise<Outcome> {
  const { task, preset, facts, method, config } = parts;
  const { reporter } = run;
  const epochSteps =
    preset.budget.epochs * run.data.train.epoch(preset.budget.batchSize, stream(run.seed, "count")).count;
  const denseSteps = method.startsFrom === "dense" ? epochSteps : 0;
  reporter.plan(denseSteps + epochSteps);
  const model = await task.model({ preset, data: run.data, init: stream(run.seed, "init") });
  try {
    if (method.startsFrom === "dense") await reachDense(run, facts, job.identity, model);
    const made = await makeMethodRun(run, facts, method, config, model);
    reporter.plan(denseSteps + totalSteps(run, made));
    let main: MainStage | undefined;
    const { phases } = await runStages(run, made, model, (costs) => {
      main = costs;
    });
    if (main === undefined) throw new Error(`method ${method.id}: no stage`);
    if (method.id === DENSE_METHOD)
      await storeDense(model, denseKey(job.identity, job.identity.config), asDense(phases));
    return await finishRun({ run, made, model, main, timed, started });
  } finally {
    model.dispose();
  }
}

const asDense = (phases: RunContext["reporter"]["phases"]) =>
  phases.map((phase) => ({ ...phase, name: `dense: ${phase.name}`, kind: "dense" as const }));

/**
 * Runs a job and emits its events; the last one is `finished`, `measured` or `refused`. Anything unexpected is thrown.
 * `take` gets the machine for the measure of latency.
 */
export async function executeRun(
  job: RunJob,
  emit: (event: WorkerEvent) => void,
  take: TakeMachine = unshared,
): Promise<void> {
  const started = now();
  const reporter: Reporter = makeReporter(emit);
  let engine: Engine | undefined;
  try {
    const parts = await loadParts(job);
    const support = supportOf(parts.method, parts.facts);
    engine = await open(job, reporter);
    const finish = (outcome: Outcome, data: readonly DataFileRecord[], timed?: TimedRun): void => {
      if (engine === undefined) throw new Error("finished without an engine");
      emit({
        kind: "finished",
        outcome,
        phases: reporter.phases,
        curves: reporter.curves(),
        notes: reporter.notes,
        data,
        engine: { ...engine.facts() },
        ...(timed?.end() ?? { contention: null }),
      });
    };
    if (!support.ok) return finish({ state: "unsupported", reason: support.reason }, []);
    const loading = reporter.begin("data", "load");
    const sources = await loadSources(job, parts);
    emit({ kind: "opened", engine: { ...engine.facts() }, data: dataRecords(sources) });
    const data = await parts.task.load({ preset: parts.preset, sources, seed: job.identity.seed });
    for (const note of data.notes ?? []) reporter.note(note);
    loading.end();
    const run: RunContext = {
      engine,
      task: parts.task,
      preset: parts.preset,
      data,
      seed: job.identity.seed,
      reporter,
    };
    if (job.measure === "memory") {
      const { facts, method, config } = parts;
      const { identity } = job;
      const measured = await measureTrainingMemory({ run, facts, method, config, identity });
      emit({ kind: "measured", ...measured, notes: reporter.notes, engine: { ...engine.facts() } });
      return;
    }
    const timed = timeRun(take);
    let outcome: Outcome;
    try {
      outcome = await train(job, parts, run, timed, started);
    } catch (error) {
      if (!(error instanceof Divergence)) throw error;
      const { reason, loss, stage, step } = error;
      outcome = { state: "diverged", reason, loss, stage, step };
    }
    finish(outcome, dataRecords(sources), timed);
  } catch (error) {
    if (!(error instanceof RankbenchError)) throw error;
    emit({ kind: "refused", reason: error.parts.reason, message: error.message });
  } finally {
    await engine?.dispose();
  }
}
