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
}

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
    run(input: RefreshInput): OptimizerState;
  };
}
