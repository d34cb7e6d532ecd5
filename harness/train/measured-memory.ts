// Training memory as the process really took it: a run of its own in exact mode that trains no further than its steady
// step. What exact mode is, and why nothing is timed in it, is harness/measure/exact-memory.ts's matter.
import { matMul, ones, tidy } from "#harness/engine/tensor.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { residentNow, residentPeak } from "#harness/measure/exact-memory.ts";
import type { Method, Stage, TaskFacts } from "#harness/method/contract.ts";
import type { Model } from "#harness/nn/model.ts";
import { stream } from "#harness/random/stream.ts";
import type { Identity } from "#harness/record/identity.ts";
import { loadDense } from "./dense.ts";
import type { StepLoop } from "./live-step.ts";
import { mainStage, makeMethodRun } from "./method-run.ts";
import { steadyStep } from "./peak.ts";
import { disposeSlots, followTrainable, makeSlots, type Slot } from "./slots.ts";
import type { RunContext } from "./stage.ts";
import { trainStep } from "./step.ts";

/** Steps of either kind before the first measured one: programs are built, optimizers have refreshed, moments exist. */
const WARM_UP = 3;
/** Measured steps; the result is their median. */
const MEASURED = 5;

/** What was resident, in bytes. */
export interface MeasuredMemory {
  /** Before the model was made: runtime, engine and data. */
  readonly baselineBytes: number;
  /** Most of each measured step, the base line included. */
  readonly stepPeakBytes: readonly number[];
}

export interface MeasureInput {
  readonly run: RunContext;
  readonly facts: TaskFacts;
  readonly method: Method;
  readonly config: Record<string, unknown>;
  readonly identity: Identity;
}

/** The engine's first program loads parts of it that no model is to be charged with. */
async function wakeEngine(run: RunContext): Promise<void> {
  const product = tidy(() => matMul(ones([64, 64]), ones([64, 64])));
  await run.engine.settle();
  await product.data();
  product.dispose();
}

/** One training stage that can be stepped by hand, always on the longest batch. */
class SteppedStage {
  private readonly input: MeasureInput;
  private readonly stage: Stage;
  private readonly model: Model;
  readonly slots: Slot[];
  private readonly loop: StepLoop;
  private done = 0;

  constructor(input: MeasureInput, stage: Stage, model: Model) {
    this.input = input;
    this.stage = stage;
    this.model = model;
    // As in training, where most steps are replayed.
    this.loop = { runner: input.run.engine.steps(), current: null };
    this.slots = makeSlots(model, stage, input.run.preset.budget.weightDecay);
  }

  private follow(): void {
    const { weightDecay } = this.input.run.preset.budget;
    followTrainable(this.slots, { model: this.model, stage: this.stage, weightDecay, step: this.done });
  }

  async begin(): Promise<void> {
    await this.stage.begin?.();
    this.follow();
  }

  async step(number = this.done + 1): Promise<void> {
    const { run } = this.input;
    const { batchSize, clipNorm } = run.preset.budget;
    this.done = number;
    await trainStep({
      engine: run.engine,
      task: run.task,
      model: this.model,
      stage: this.stage,
      slots: this.slots,
      batch: run.data.longest(batchSize),
      step: number,
      learningRate: 0,
      clipNorm,
      dropout: stream(run.seed, "dropout", this.stage.name, "memory"),
      tagging: false,
      loop: this.loop,
    });
  }

  async stepAndAct(steps: number): Promise<void> {
    await this.step();
    const { stage, model, done: step } = this;
    if (stage.betweenSteps?.due(step) !== true) return;
    const random = (...names: readonly string[]) =>
      stream(this.input.run.seed, "method", stage.name, ...names);
    await stage.betweenSteps.run({ step, steps, model, random });
    this.follow();
    this.loop.runner.forget();
  }

  /** A step at which no optimizer refreshes. */
  async steadyStep(): Promise<void> {
    await this.step(steadyStep(this.slots, this.done + 1));
  }
}

/**
 * Measures steady steps of the main stage at the longest batch shape; stages before it make one step each. Throws
 * RankbenchError `usage` where the system does not tell, the method trains nothing, or its dense checkpoint was not made.
 */
export async function measureTrainingMemory(input: MeasureInput): Promise<MeasuredMemory> {
  const { run, facts, method, config, identity } = input;
  await wakeEngine(run);
  const baselineBytes = await residentNow();
  const model = await run.task.model({
    preset: run.preset,
    data: run.data,
    init: stream(run.seed, "init"),
  });
  try {
    if (method.startsFrom === "dense" && (await loadDense(run, facts, identity, model)) === "missing")
      throw new RankbenchError({
        reason: "usage",
        thing: `method ${method.id}`,
        problem: "the dense checkpoint that it starts from was not made yet",
        field: "--measure",
        value: "memory",
        next: "do the run itself first: the same command without --measure",
      });
    const made = await makeMethodRun(run, facts, method, config, model);
    const main = mainStage(made.stages);
    if (main === undefined || main.budgetShare === 0)
      throw new RankbenchError({
        reason: "usage",
        thing: `method ${method.id}`,
        problem: "it trains nothing, so it has no training memory",
        field: "--measure",
        value: "memory",
        next: "leave --measure out",
      });
    for (const stage of made.stages.slice(0, made.stages.indexOf(main))) {
      if (stage.budgetShare === 0) continue;
      const before = new SteppedStage(input, stage, model);
      await before.begin();
      await before.step();
      disposeSlots(before.slots);
    }
    const measuring = run.reporter.begin("training memory", "measure");
    const stepped = new SteppedStage(input, main, model);
    await stepped.begin();
    for (let i = 0; i < WARM_UP; i++) await stepped.stepAndAct(WARM_UP + MEASURED);
    // A steady step's program may differ from those of the steps that refreshed, and is captured before it is replayed.
    for (let i = 0; i < WARM_UP; i++) await stepped.steadyStep();
    await residentNow();
    const stepPeakBytes: number[] = [];
    for (let i = 0; i < MEASURED; i++) stepPeakBytes.push(await residentPeak(() => stepped.steadyStep()));
    measuring.end();
    disposeSlots(stepped.slots);
    return { baselineBytes, stepPeakBytes };
  } finally {
    model.dispose();
  }
}
