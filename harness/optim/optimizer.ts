// The optimizer contract: a pair of pure functions, (init, update), per parameter. State is plain named tensors.
import type { Tensor } from "#harness/engine/tensor.ts";

/** Named state tensors of one parameter, e.g. `{ m, v }`. */
export type OptimizerState = Readonly<Record<string, Tensor>>;

/** What an optimizer needs to know of a parameter. */
export interface ParamFacts {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface UpdateInput {
  readonly param: ParamFacts;
  readonly value: Tensor;
  readonly gradient: Tensor;
  readonly state: OptimizerState;
  /**
   * Learning rate of the step under way, schedule applied. It and `step` change while a captured step is replayed: read them
   * inside `liveScalar` or a host operation's `numbers`. A step that reads them elsewhere is recorded anew each time.
   */
  readonly learningRate: number;
  /** 1-based count of this parameter's updates in the stage; read like the learning rate. */
  readonly step: number;
  /** Whether this is the parameter's first update: the one change of `step` on which operations may depend. */
  readonly first: boolean;
  /** Decoupled weight decay of this parameter's group. */
  readonly weightDecay: number;
  /** Scalar that multiplies the gradient before use (global-norm clipping); null when there is none. */
  readonly gradientScale: Tensor | null;
  /**
   * Gradient and state, before the step, of a parameter that is trained in the same step, for rules that treat several as
   * one. Not there inside the backward pass, where other gradients are gone or not yet made.
   */
  readonly peer?: (name: string) => Peer;
}

export interface Peer {
  readonly gradient: Tensor;
  readonly state: OptimizerState;
}

/** The same update of another gradient; numbers of the step stay live. */
export const withGradient = (input: UpdateInput, gradient: Tensor): UpdateInput =>
  Object.create(input, { gradient: { value: gradient, enumerable: true } }) as UpdateInput;

export interface UpdateOutput {
  readonly value: Tensor;
  readonly state: OptimizerState;
}

/** What a host-side refresh is given: the raw gradient (clipping not applied) and the state, read from the engine. */
export interface RefreshInput {
  readonly param: ParamFacts;
  readonly gradient: Float32Array;
  readonly state: OptimizerState;
  readonly step: number;
  /** What `see` made of the parameter's site, on the host; left out where `see` is. */
  readonly seen?: Readonly<Record<string, Float32Array>>;
}

/** A dense linear site in a training step. Rows are tokens, examples or windows, as the map sees them, padding included. */
export interface SiteRows {
  /** [rows, in] */
  readonly input: Tensor;
  /** Gradient of the loss, the mean over the batch, at the site's output: [rows, out]. */
  readonly outputGradient: Tensor;
  /** Examples in the batch. */
  readonly examples: number;
}

export interface Optimizer {
  readonly id: string;
  /** Fresh state; the harness owns the tensors afterwards. */
  init(param: ParamFacts): OptimizerState;
  /** New value and state from old ones, as recorded operations; must not dispose its inputs. */
  update(input: UpdateInput): UpdateOutput;
  /** State bytes of one parameter by formula; conformance compares it with the tensors that `init` made. */
  stateBytes(param: ParamFacts): number;
  /**
   * Host work between backward pass and update at some steps (GaLore's new projector). Returns the state tensors that
   * change; those it leaves out stay.
   */
  readonly refresh?: {
    due(step: number): boolean;
    /**
     * For the weight of a dense linear site: what `run` wants to know of the site's input and output gradient in this step,
     * as recorded operations, so that only these small results are read.
     */
    see?(site: SiteRows): Readonly<Record<string, Tensor>>;
    run(input: RefreshInput): OptimizerState;
  };
}
