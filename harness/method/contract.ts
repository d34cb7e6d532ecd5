// The method contract. A method is data plus hooks; the harness owns loop, data order, evaluation, clock, budget and
// randomness, and a method never sees test data. Methods import from here and from harness/{nn,optim,linalg}.
import type { z } from "zod";
import type { Tensor } from "#harness/engine/tensor.ts";
import type { Inputs, Model } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";
import type { LinearPlace } from "#harness/nn/site.ts";
import type { Optimizer } from "#harness/optim/optimizer.ts";
import type { Stream } from "#harness/random/stream.ts";
import type { Family, TaskFacts } from "#harness/task/contract.ts";

export type { Stream } from "#harness/random/stream.ts";
export type { Family, TaskFacts } from "#harness/task/contract.ts";

export const METHOD_KINDS = [
  "baseline",
  "adapter",
  "optimizer",
  "parametrisation",
  "compression",
  "architecture",
] as const;
export type MethodKind = (typeof METHOD_KINDS)[number];

/** How close the entry is to its source: made from official code, from the paper alone, or with gaps filled by us. */
export const FIDELITIES = ["official code", "paper", "reconstruction"] as const;
export type Fidelity = (typeof FIDELITIES)[number];

export interface Paper {
  readonly title: string;
  readonly authors: string;
  readonly year: number;
  readonly venue: string;
  readonly url: string;
}

export type Support = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** A set of defaults for tasks that match `when`; later presets win over earlier ones. */
export interface Preset<C> {
  readonly when: Partial<Pick<TaskFacts, "family" | "scale" | "backbone">>;
  readonly set: Partial<C>;
  /** Where the values come from: paper section, card, own measurement. */
  readonly source: string;
}

/** A training batch as the hooks see it. */
export interface TrainingBatch {
  readonly inputs: Inputs;
  readonly targets: Tensor;
  readonly size: number;
}

/** Calibration batches from the training split: a named draw, counted and timed by the harness. */
export interface Calibration {
  /** Per-example gradients: `visit` gets each example's gradient of the task loss for every listed parameter, on the host. */
  perExampleGradients(
    params: readonly Param[],
    examples: number,
    visit: (gradients: ReadonlyMap<Param, Float32Array>) => void,
  ): Promise<void>;
  /** Inputs and outputs of linear sites on `examples` items in evaluation mode: rows are tokens, padding left out. */
  activations(
    paths: readonly string[],
    examples: number,
    visit: (path: string, input: Float32Array, rows: number) => void,
  ): Promise<void>;
  /**
   * What the model makes of every item of a split in evaluation mode, in the split's order. Validation is there to choose a
   * setting by, once, as a method's paper does it; there is no way to the test split.
   */
  outputs(split: "train" | "validation"): Promise<ModelOutputs>;
}

/** Host arrays of a split's items, row-major. */
export interface ModelOutputs {
  readonly items: number;
  /** What enters the head, [items, width]. */
  readonly features: Float32Array;
  /** [items, outputs] */
  readonly scores: Float32Array;
  /** Class ids or values, [items]. */
  readonly targets: Int32Array | Float32Array;
}

export interface SetupContext {
  readonly task: TaskFacts;
  /** The model, rewritten in place by the method: exchange site modules, set `trainable`. */
  readonly model: Model;
  /** Named random streams of the run's seed; the method's own names cannot collide with the harness's. */
  random(...names: readonly string[]): Stream;
  readonly calibration: Calibration;
  /** Tells readers what no field says: `rank clipped to 48`. Kept in the record. */
  note(text: string): void;
}

/** Parameters that share an optimizer and rates. Parameters of no group use the base group (AdamW). */
export interface ParamGroup {
  readonly name: string;
  readonly params: readonly Param[];
  readonly optimizer: Optimizer;
  /** Multiplies the stage's learning rate. */
  readonly rateScale?: number;
  /** Overrides the budget's weight decay. */
  readonly weightDecay?: number;
}

export interface StepContext {
  /** 1-based step just finished, and how many the stage has. */
  readonly step: number;
  readonly steps: number;
  readonly model: Model;
  random(...names: readonly string[]): Stream;
}

/** One training stage. Every step of every stage is counted and shown. */
export interface Stage {
  readonly name: string;
  /** Peak learning rate. */
  readonly learningRate: number;
  /** Share of the task's step budget; 1 is the budget that full fine-tuning gets. 0 skips training. */
  readonly budgetShare: number;
  /** The base optimizer for parameters of no group; AdamW when left out. */
  readonly optimizer?: Optimizer;
  readonly groups?: readonly ParamGroup[];
  /**
   * `in-backward`: each parameter is updated as soon as the backward pass has completed its gradient, which is then gone, so
   * that no two large gradients exist at once. For optimizers that need one gradient at a time: none that refreshes on the
   * host or asks for a peer's. `after-backward` when left out.
   */
  readonly updates?: "after-backward" | "in-backward";
  /** `none` switches the budget's limit on the gradients' norm off; `budget`, which applies it, when left out. */
  readonly clip?: "budget" | "none";
  /**
   * Added to the task loss of each batch: recorded once and replayed, so what changes from step to step is changed in
   * `betweenSteps`. One that reads `step` is recorded at each step, which costs time and no accuracy.
   */
  extraLoss?(input: {
    readonly model: Model;
    readonly batch: TrainingBatch;
    readonly scores: Tensor;
    readonly step: number;
  }): Tensor;
  /**
   * Called after each update, engine settled: project, prune, re-sample, freeze and unfreeze. `due` tells at which steps,
   * to keep others fast. A parameter that is set free starts with fresh optimizer state and a step count of its own.
   */
  readonly betweenSteps?: { due(step: number): boolean; run(context: StepContext): Promise<void> };
  /** Called once before the stage's first step. */
  begin?(): Promise<void>;
}

export interface MethodRun {
  /** In order; the first one whose budget share is largest is the main stage, whose costs are reported. */
  readonly stages: readonly Stage[];
  /** Turns the trained model into the deployed one, in place. Running it twice must change nothing. */
  finish?(): Promise<void>;
  /** Costs by formula, compared with what is measured. */
  readonly declared: DeclaredCosts;
}

/** Costs by formula. `trainable` and `optimizerStateBytes` are those of the main stage, head included. */
export interface DeclaredCosts {
  readonly trainable: number;
  readonly optimizerStateBytes: number;
  readonly deployedParameters: number;
  readonly deployedBytes: number;
}

/** What a method promises beyond its costs; the conformance checks hold it to that. */
export interface Promises {
  /**
   * Largest difference of a score from the base model's before the first step, 0 where they are the same bits; null where
   * setup changes the function.
   */
  readonly startsAtBase: number | null;
  /** Largest difference of a score that `finish` makes, 0 for the same bits; null where deploying changes the function. */
  readonly finishKeeps: number | null;
  /** Whether the gradients of the trained numbers are those of the loss; if not, what they are instead. */
  readonly gradients: "exact" | { readonly instead: string };
  /** Settings, as on the command line, under which a model of width 8 and 8 steps show the method. */
  readonly toy?: Readonly<Record<string, string>>;
}

export interface Method<C extends Record<string, unknown> = Record<string, unknown>> {
  readonly id: string;
  readonly title: string;
  readonly kind: MethodKind;
  readonly paper: Paper | null;
  readonly fidelity: Fidelity;
  /** One or two sentences of what it does. */
  readonly summary: string;
  readonly families: readonly Family[];
  /** Each field has a unit, a default and a source in its description. Unknown keys are refused. */
  readonly config: z.ZodType<C>;
  readonly presets: readonly Preset<C>[];
  /** `pretrained`: the task's backbone; `dense`: that backbone after full fine-tuning on the task, made once and cached. */
  readonly startsFrom: "pretrained" | "dense";
  readonly promises?: Promises;
  supports(task: TaskFacts): Support;
  /** Refuses a configuration that does not fit the model's linear sites (a target that matches none), before data is read. */
  check?(places: readonly LinearPlace[], config: C): void;
  setup(context: SetupContext, config: C): Promise<MethodRun>;
}

/** Keeps the config type of a method file tied to its schema while the registry handles all methods alike. */
export function defineMethod<C extends Record<string, unknown>>(method: Method<C>): Method<C> {
  return method;
}
