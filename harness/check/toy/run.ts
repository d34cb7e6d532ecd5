// Drives a method through the real setup, loop and finish on the toy task, step by step, for conformance checks and tests.
import type { Engine } from "#harness/engine/engine.ts";
import { countDeployed } from "#harness/measure/parameters.ts";
import { resolveConfig } from "#harness/method/config.ts";
import type { DeclaredCosts, Method, MethodRun, Stage, TaskFacts } from "#harness/method/contract.ts";
import type { Model } from "#harness/nn/model.ts";
import { stream } from "#harness/random/stream.ts";
import type { Budget } from "#harness/task/contract.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { evaluate } from "#harness/train/evaluate.ts";
import { type MainStage, makeMethodRun, runStages } from "#harness/train/method-run.ts";
import { makeReporter } from "#harness/train/reporter.ts";
import { disposeSlots, followTrainable, makeSlots } from "#harness/train/slots.ts";
import type { RunContext } from "#harness/train/stage.ts";
import { trainStep } from "#harness/train/step.ts";
import { TOY_PRESET, toyTask } from "./task.ts";

export interface Toy {
  readonly run: RunContext;
  readonly facts: TaskFacts;
  readonly model: Model;
}

export const TOY_FACTS: TaskFacts = taskFacts(toyTask, "smoke");

/** A fresh toy model and task; `budget` overrides parts of the toy's. */
export async function makeToy(engine: Engine, seed = 1, budget: Partial<Budget> = {}): Promise<Toy> {
  const preset = { ...TOY_PRESET, budget: { ...TOY_PRESET.budget, ...budget } };
  const data = await toyTask.load({ preset, sources: new Map(), seed });
  const model = await toyTask.model({ preset, data, init: stream(seed, "init") });
  const run: RunContext = { engine, task: toyTask, preset, data, seed, reporter: makeReporter(() => {}) };
  return { run, facts: TOY_FACTS, model };
}

/** Setup with a configuration given as on the command line: text by key. */
export async function setupOn(
  toy: Toy,
  method: Method,
  overrides: Readonly<Record<string, string>> = {},
): Promise<MethodRun> {
  const config = resolveConfig(method, toy.facts, overrides);
  return makeMethodRun(toy.run, toy.facts, method, config, toy.model);
}

/** Costs that a method declares for a fresh toy model with these settings. */
export async function declaredOn(
  engine: Engine,
  method: Method,
  overrides: Readonly<Record<string, string>>,
): Promise<DeclaredCosts> {
  const toy = await makeToy(engine);
  const { declared } = await setupOn(toy, method, overrides);
  const costs = { ...declared };
  toy.model.dispose();
  return costs;
}

/** All stages through the real loop; returns the main stage's measured costs. */
export async function trainOn(toy: Toy, made: MethodRun): Promise<MainStage> {
  let main: MainStage | undefined;
  await runStages(toy.run, made, toy.model, (costs) => {
    main = costs;
  });
  if (main === undefined) throw new Error("no main stage");
  return main;
}

/** `steps` steps of one stage at its peak rate, on the same batch; returns the loss before each. */
export async function stepsOn(toy: Toy, stage: Stage, steps: number): Promise<number[]> {
  const { engine, task, data, preset, seed } = toy.run;
  const slots = makeSlots(toy.model, stage, preset.budget.weightDecay);
  const batch = data.longest(16);
  const losses: number[] = [];
  await stage.begin?.();
  followTrainable(slots, { model: toy.model, stage, weightDecay: preset.budget.weightDecay, step: 0 });
  for (let step = 1; step <= steps; step++) {
    losses.push(
      await trainStep({
        engine,
        task,
        model: toy.model,
        stage,
        slots,
        batch,
        step,
        learningRate: stage.learningRate,
        clipNorm: preset.budget.clipNorm,
        dropout: stream(seed, "dropout"),
        tagging: false,
      }),
    );
    if (stage.betweenSteps?.due(step) === true) {
      const random = (...names: readonly string[]) => stream(seed, "method", stage.name, ...names);
      await stage.betweenSteps.run({ step, steps, model: toy.model, random });
      followTrainable(slots, { model: toy.model, stage, weightDecay: preset.budget.weightDecay, step });
    }
  }
  disposeSlots(slots);
  return losses;
}

/** Test scores of the model as it is, row-major [16, 2]. */
export async function scoresOf(toy: Toy): Promise<Float32Array> {
  return (await evaluate(toy.run.engine, toy.run.task, toy.model, toy.run.data.test)).scores;
}

/** Values of all parameters by name. */
export async function valuesOf(model: Model): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const param of model.params()) values.set(param.name, (await param.read()).slice());
  return values;
}

/** A model as it is deployed: the test scores and every value. */
export interface Deployed {
  readonly scores: Float32Array;
  readonly values: ReadonlyMap<string, Float32Array>;
}

export const deployedOf = async (toy: Toy): Promise<Deployed> => ({
  scores: await scoresOf(toy),
  values: await valuesOf(toy.model),
});

/** What the declared costs are compared with: counts of the trained stage and of the model as it is now. */
export function measuredCosts(toy: Toy, main: MainStage): DeclaredCosts {
  const deployed = countDeployed(toy.model);
  return {
    trainable: main.counts.trainable,
    optimizerStateBytes: main.stateBytes,
    deployedParameters: deployed.parameters,
    deployedBytes: deployed.bytes,
  };
}

/** Largest absolute difference of two equally long arrays. */
export function largestGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  let gap = 0;
  for (let i = 0; i < a.length; i++) gap = Math.max(gap, Math.abs((a[i] as number) - (b[i] as number)));
  return gap;
}
