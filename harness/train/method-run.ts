// From a method to its trained model: setup, then its stages one after another through the one loop.
import type { LogicalPeak } from "#harness/engine/engine.ts";
import { countTraining, type TrainingCounts } from "#harness/measure/parameters.ts";
import type { Method, MethodRun, Stage, TaskFacts } from "#harness/method/contract.ts";
import type { Model } from "#harness/nn/model.ts";
import { stream } from "#harness/random/stream.ts";
import type { Phase } from "#harness/record/schema.ts";
import { makeCalibration } from "./calibration.ts";
import { stagePeak } from "./peak.ts";
import { disposeSlots, makeSlots, stateBytes } from "./slots.ts";
import { type RunContext, stageSteps, trainStage } from "./stage.ts";

/** Calls the method's setup, which rewrites the model; its calibration is timed and counted as a phase of its own. */
export async function makeMethodRun(
  run: RunContext,
  facts: TaskFacts,
  method: Method,
  config: Record<string, unknown>,
  model: Model,
): Promise<MethodRun> {
  const phase = run.reporter.begin("setup", "calibrate");
  const calibration = makeCalibration(run, model);
  const made = await method.setup(
    {
      task: facts,
      model,
      random: (...names) => stream(run.seed, "method", ...names),
      calibration,
      note: (text) => run.reporter.note(text),
    },
    config,
  );
  await run.engine.settle();
  phase.end({ examples: calibration.examples() });
  return made;
}

/** Costs of the main stage, measured when it has trained. */
export interface MainStage {
  readonly counts: TrainingCounts;
  readonly stateBytes: number;
  readonly peak: LogicalPeak | null;
  readonly phase: Phase | null;
}

/** The stage with the largest budget share; the first of them where several are equal. */
export function mainStage(stages: readonly Stage[]): Stage | undefined {
  return stages.reduce<Stage | undefined>(
    (best, stage) => (best === undefined || stage.budgetShare > best.budgetShare ? stage : best),
    undefined,
  );
}

/**
 * Runs all stages. `onMain` other than null asks for the main stage's costs, measured right after its last step.
 * Returns the phases in order.
 */
export async function runStages(
  run: RunContext,
  made: MethodRun,
  model: Model,
  onMain: ((costs: MainStage) => void) | null,
): Promise<{ readonly phases: readonly Phase[] }> {
  const main = mainStage(made.stages);
  const phases: Phase[] = [];
  for (const stage of made.stages) {
    const steps = stageSteps(run, stage);
    const slots = makeSlots(model, stage, run.preset.budget.weightDecay);
    if (slots.length === 0 && steps > 0) throw new Error(`stage ${stage.name}: nothing to train`);
    const phase = steps === 0 ? null : await trainStage(run, stage, model, slots, steps);
    if (phase !== null) phases.push(phase);
    if (stage === main && onMain !== null) {
      const measuring = run.reporter.begin("training memory", "measure");
      onMain({
        counts: countTraining(model),
        stateBytes: stateBytes(slots),
        peak: steps === 0 ? null : await stagePeak(run, stage, model, slots, steps),
        phase,
      });
      measuring.end();
    }
    disposeSlots(slots);
  }
  return { phases };
}

/** Optimizer steps of all stages. */
export const totalSteps = (run: RunContext, made: MethodRun): number =>
  made.stages.reduce((sum, stage) => sum + stageSteps(run, stage), 0);
