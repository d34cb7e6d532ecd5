// One whole life of a method on a small model, watched: setup, every training step, saving, finishing, what is left.
// Collects what happened; judgements are in life-checks.ts.
import type { Engine } from "#harness/engine/engine.ts";
import type { DeclaredCosts, Method, MethodRun, Stage } from "#harness/method/contract.ts";
import { isLinear } from "#harness/nn/linear.ts";
import type { Param } from "#harness/nn/param.ts";
import { loadState, saveState } from "#harness/nn/state.ts";
import { mainStage } from "#harness/train/method-run.ts";
import { compareGradients, type Slope } from "./gradients.ts";
import {
  type Deployed,
  deployedOf,
  largestGap,
  measuredCosts,
  scoresOf,
  setupOn,
  stepsOn,
  type Toy,
  trainOn,
  valuesOf,
} from "./toy/run.ts";

/** Opens a fresh model and its data; equal every time. */
export type OpenToy = () => Promise<Toy>;

export interface Life {
  /** Largest difference of a score from the base model's after setup. */
  readonly startGap: number;
  readonly declared: DeclaredCosts;
  readonly measured: DeclaredCosts;
  /** Slopes that were compared after training; empty where nothing trains. */
  readonly slopes: readonly Slope[];
  /** Frozen numbers watched, over all steps, and the parameters of which some moved. */
  readonly frozen: { readonly watched: number; readonly moved: readonly string[] };
  /** Where saved state was loaded, and the largest difference of a score after it. */
  readonly state: { readonly into: "fresh" | "same"; readonly gap: number };
  readonly finishGap: number;
  /** Whether the deployed model has the base model's parameters and plain dense maps, nothing else. */
  readonly merged: boolean;
  /** Largest change of a score by training. */
  readonly trainingGap: number;
  /** Whether a second finish changed a parameter or a score. */
  readonly secondFinishChanges: boolean;
  readonly trainedSteps: boolean;
  /** Tensors alive after the model was disposed, less those before it was made. */
  readonly leaked: number;
  /** Scores and parameters of the deployed model, for repetition. */
  readonly deployed: Deployed;
}

export interface Subject {
  readonly engine: Engine;
  readonly method: Method;
  /** As on the command line. */
  readonly settings: Readonly<Record<string, string>>;
  readonly open: OpenToy;
}

const equalBits = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
};

export function sameDeployed(a: Deployed, b: Deployed): boolean {
  if (!equalBits(a.scores, b.scores) || a.values.size !== b.values.size) return false;
  return [...a.values].every(([name, values]) => equalBits(values, b.values.get(name) ?? []));
}

/** Stages that note after every step what moved although it was frozen. Hooks of the method may write; steps may not. */
function watched(toy: Toy, stages: readonly Stage[]) {
  const moved = new Set<string>();
  let watchedNumbers = 0;
  let before = new Map<Param, Float32Array>();
  const remember = async (): Promise<void> => {
    before = new Map();
    for (const param of toy.model.params())
      if (!param.trainable) before.set(param, (await param.read()).slice());
  };
  const compare = async (): Promise<void> => {
    for (const [param, values] of before) {
      watchedNumbers += values.length;
      if (!equalBits(await param.read(), values)) moved.add(param.name);
    }
  };
  const wrapped = stages.map(
    (stage): Stage => ({
      ...stage,
      async begin() {
        await stage.begin?.();
        await remember();
      },
      betweenSteps: {
        due: () => true,
        async run(context) {
          await compare();
          if (stage.betweenSteps?.due(context.step) === true) await stage.betweenSteps.run(context);
          await remember();
        },
      },
    }),
  );
  return { stages: wrapped, result: () => ({ watched: watchedNumbers, moved: [...moved] }) };
}

/**
 * Saves the model and loads it into a fresh one of the same setup, or, where training changed its structure, into itself
 * after every number was moved.
 */
async function stateGap(subject: Subject, toy: Toy): Promise<Life["state"]> {
  const scores = await scoresOf(toy);
  const saved = await saveState(toy.model);
  const fresh = await subject.open();
  try {
    const made = await setupOn(fresh, subject.method, subject.settings);
    const shapes = (of: Toy) =>
      of.model
        .params()
        .map(({ name, shape }) => `${name} ${shape.join()}`)
        .sort()
        .join();
    if (shapes(fresh) === shapes(toy)) {
      loadState(fresh.model, saved, "saved.safetensors");
      const gap = largestGap(await scoresOf(fresh), scores);
      await made.finish?.();
      return { into: "fresh", gap };
    }
    await made.finish?.();
  } finally {
    fresh.model.dispose();
  }
  for (const param of toy.model.params()) param.load((await param.read()).map((value) => value + 1));
  loadState(toy.model, saved, "saved.safetensors");
  return { into: "same", gap: largestGap(await scoresOf(toy), scores) };
}

/** Lives one life. Throws what the method throws. */
export async function liveOnce(subject: Subject): Promise<Life> {
  const { engine, method, settings, open } = subject;
  const before = engine.liveTensors();
  const toy = await open();
  const base = await scoresOf(toy);
  const names = new Set((await valuesOf(toy.model)).keys());
  // A head without numbers of its own is no dense map: what stood at a site before the setup is not the method's.
  const own = new Map(toy.model.sites.map(({ path, module }) => [path, module.constructor]));
  const made = await setupOn(toy, method, settings);
  const untrained = await scoresOf(toy);
  const watch = watched(toy, made.stages);
  const main = await trainOn(toy, { ...made, stages: watch.stages });
  const stage = mainStage(made.stages);
  const trains = stage !== undefined && stage.budgetShare > 0;
  const slopes = trains ? await compareGradients(toy, stage, 8, names) : [];
  const unfinished = await scoresOf(toy);
  const state = await stateGap(subject, toy);
  await made.finish?.();
  const deployed = await deployedOf(toy);
  const measured = measuredCosts(toy, main);
  const declared = { ...made.declared };
  await made.finish?.();
  const again = await deployedOf(toy);
  const plain = toy.model.sites.every(
    ({ kind, path, module }) => kind !== "linear" || isLinear(module) || module.constructor === own.get(path),
  );
  toy.model.dispose();
  return {
    startGap: largestGap(untrained, base),
    merged: plain && [...deployed.values.keys()].sort().join() === [...names].sort().join(),
    trainingGap: largestGap(unfinished, untrained),
    declared,
    measured,
    slopes,
    frozen: watch.result(),
    state,
    finishGap: largestGap(deployed.scores, unfinished),
    secondFinishChanges: !sameDeployed(deployed, again),
    trainedSteps: trains,
    leaked: engine.liveTensors() - before,
    deployed,
  };
}

/** The same life without watching: what the first must equal to the bit. */
export async function liveAgain({ method, settings, open }: Subject): Promise<Deployed> {
  const toy = await open();
  try {
    const made = await setupOn(toy, method, settings);
    await trainOn(toy, made);
    await made.finish?.();
    return await deployedOf(toy);
  } finally {
    toy.model.dispose();
  }
}

/** Loss before each of `steps` steps on one batch, in the main stage; null where nothing trains. */
export async function lossesOf(
  { method, settings, open }: Subject,
  steps: number,
): Promise<readonly number[] | null> {
  const toy = await open();
  let made: MethodRun | undefined;
  try {
    made = await setupOn(toy, method, settings);
    const stage = mainStage(made.stages);
    return stage === undefined || stage.budgetShare === 0 ? null : await stepsOn(toy, stage, steps);
  } finally {
    await made?.finish?.();
    toy.model.dispose();
  }
}
