// What the harness and the methods know of a model: its sites, its parameters and its forward pass.
import type { Tensor } from "#harness/engine/tensor.ts";
import type { Stream } from "#harness/random/stream.ts";
import type { Param } from "./param.ts";
import type { Pass } from "./pass.ts";
import type { LinearSite, Site } from "./site.ts";

/** Named inputs of one batch: `ids` [B, T] int32, `mask` [B, T] float32. */
export type Inputs = Readonly<Record<string, Tensor>>;

/** Sizes of one example that its cost depends on: `{ tokens: 24 }`. */
export type ExampleShape = Readonly<Record<string, number>>;

export interface Model {
  /** Every site in forward order, with the module that stands there now. */
  readonly sites: readonly Site[];
  /** The task's output map. */
  readonly head: LinearSite;
  /** All parameters now, each once, in a stable order: those of the modules at the sites, then the model's own. */
  params(): readonly Param[];
  /** Scores [B, outputs] of a batch. */
  forward(inputs: Inputs, pass: Pass): Tensor;
  /** Features [B, width] that enter the head. */
  features(inputs: Inputs, pass: Pass): Tensor;
  /** Multiply-adds of the forward pass for one example. */
  multiplyAdds(shape: ExampleShape): number;
  /**
   * For a model that computes something from its weights alone (class vectors of a text tower): computes it once for all
   * evaluation passes until the returned function is called. Weights must not change meanwhile.
   */
  hold?(): () => void;
  /**
   * For a head without numbers of its own (a text tower gives the classes): puts a map from the features in its place that
   * can be trained, started from `random`, and lets go of what only the old head read.
   */
  freshHead?(random: Stream): void;
  dispose(): void;
}

/** State of the modules at the sites, which is no parameter (`Module.state`), in site order. */
export const stateOf = (model: Model): readonly Param[] =>
  model.sites.flatMap(({ module }) => module.state?.() ?? []);
