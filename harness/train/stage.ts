// The one training loop: every stage of every method on every task goes through here.
import type { Engine } from "#harness/engine/engine.ts";
import type { Stage } from "#harness/method/contract.ts";
import type { Model } from "#harness/nn/model.ts";
import { learningRateAt } from "#harness/optim/schedule.ts";
import { stream } from "#harness/random/stream.ts";
import type { Phase } from "#harness/record/schema.ts";
import type { HostBatch, ScalePreset, Task, TaskData } from "#harness/task/contract.ts";
import { recordCurve } from "./curve.ts";
import { divergenceWatch } from "./divergence.ts";
import { evaluate } from "./evaluate.ts";
import type { StepLoop } from "./live-step.ts";
import { now, type Reporter } from "./reporter.ts";
import { followTrainable, type Slot } from "./slots.ts";
import { trainStep } from "./step.ts";

/** What all stages of a run share. */
export interface RunContext {
  readonly engine: Engine;
  readonly task: Task;
  readonly preset: ScalePreset;
  readonly data: TaskData;
  readonly seed: number;
  readonly reporter: Reporter;
}

/** Optimizer steps of a stage: its share of the task's budget. */
export function stageSteps(run: RunContext, stage: Stage): number {
  return Math.round(stage.budgetShare * run.preset.budget.epochs * epoch(run, stage.name, 0).count);
}

const epoch = (run: RunContext, stage: string, index: number) =>
  run.data.train.epoch(run.preset.budget.batchSize, stream(run.seed, "data-order", stage, String(index)));

function* batches(run: RunContext, stage: string, steps: number): Generator<HostBatch> {
  let done = 0;
  for (let index = 0; done < steps; index++) {
    for (const batch of epoch(run, stage, index)) {
      if (done++ >= steps) return;
      yield batch;
    }
  }
}

/** Steps after which validation runs: evenly spread, the last step among them. */
function validationSteps(steps: number, count: number): ReadonlySet<number> {
  const passes = count + 1;
  return new Set(
    Array.from({ length: passes }, (_, i) => Math.max(1, Math.round(((i + 1) * steps) / passes))),
  );
}

/** Value of the task's own metric, or null where it is undefined. */
function headline(task: Task, quality: Awaited<ReturnType<typeof evaluate>>["quality"]): number | null {
  const measured = quality[task.metrics[0]];
  return measured !== undefined && "value" in measured ? measured.value : null;
}

/**
 * Trains `stage` for `steps` steps. Validation time is not counted in the phase. Throws Divergence.
 * The data order depends on the seed and the stage's name alone, so methods see the same batches.
 */
export async function trainStage(
  run: RunContext,
  stage: Stage,
  model: Model,
  slots: Slot[],
  steps: number,
): Promise<Phase> {
  const { engine, task, reporter, preset } = run;
  const { budget } = preset;
  const phase = reporter.begin(stage.name, "train");
  const curve = recordCurve(stage.name, steps);
  reporter.addCurve(curve.curve);
  const watch = divergenceWatch(stage.name);
  const validateAt = validationSteps(steps, budget.validations);
  const dropout = stream(run.seed, "dropout", stage.name);
  const random = (...names: readonly string[]) => stream(run.seed, "method", stage.name, ...names);
  const follow = (step: number) =>
    followTrainable(slots, { model, stage, weightDecay: budget.weightDecay, step });
  await stage.begin?.();
  follow(0);
  const loop: StepLoop = { runner: engine.steps(), current: null };
  let step = 0;
  let examples = 0;
  let validation: number | null = null;
  let seconds = 0;
  for (const batch of batches(run, stage.name, steps)) {
    step++;
    examples += batch.size;
    const started = now();
    const learningRate = learningRateAt(step, {
      peak: stage.learningRate,
      steps,
      warmupShare: budget.warmupShare,
      decay: budget.schedule,
    });
    const loss = await trainStep({
      engine,
      task,
      model,
      stage,
      slots,
      batch,
      step,
      learningRate,
      clipNorm: budget.clipNorm,
      dropout,
      tagging: false,
      loop,
    });
    watch.check(step, loss);
    curve.step(step, loss, learningRate);
    if (stage.betweenSteps?.due(step) === true) {
      reporter.flush();
      await stage.betweenSteps.run({ step, steps, model, random });
      follow(step);
      // It may have changed anything that the model's code reads.
      loop.runner.forget();
    }
    seconds += (now() - started) / 1000;
    if (validateAt.has(step)) {
      phase.pause();
      const evaluation = await evaluate(engine, task, model, run.data.validation);
      validation = headline(task, evaluation.quality);
      curve.validation(step, evaluation.loss, validation);
      phase.resume();
    }
    reporter.progress({ phase: stage.name, step, steps, loss, validation, stepsPerSecond: step / seconds });
  }
  return phase.end({ steps, examples });
}
