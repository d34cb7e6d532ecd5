// One training step of a benchmark model: upload, forward, backward, Adam, loss read. The same order of calls as
// harness/train/step.ts, without its stages, clipping and host refreshes.
import type { Engine } from "#harness/engine/engine.ts";
import {
  dispose,
  keep,
  type Scalar,
  type Tensor,
  tensor,
  tidy,
  variableGrads,
} from "#harness/engine/tensor.ts";
import type { Param } from "#harness/nn/param.ts";
import { adam } from "#harness/optim/adam.ts";
import type { OptimizerState, UpdateOutput } from "#harness/optim/optimizer.ts";
import type { HostInput, HostInputs, PerfModel } from "./models/model.ts";

export const LEARNING_RATE = 1e-3;

const upload = ({ data, shape }: HostInput): Tensor =>
  tensor(data, [...shape], data instanceof Int32Array ? "int32" : "float32");

export class Trainer {
  readonly #engine: Engine;
  readonly #model: PerfModel;
  readonly #optimizer = adam();
  readonly #states = new Map<Param, OptimizerState>();
  #step = 0;

  constructor(engine: Engine, model: PerfModel) {
    this.#engine = engine;
    this.#model = model;
    for (const param of model.params) this.#states.set(param, this.#kept(this.#optimizer.init(param)));
  }

  /** Tensors that live from step to step. */
  resident(): Tensor[] {
    const states = [...this.#states.values()].flatMap((state) => Object.values(state));
    return [...this.#model.params.map((param) => param.variable), ...states];
  }

  /** Returns the loss before the update. `tagging` marks tensors for the memory report. */
  async step(batch: HostInputs, tagging = false): Promise<number> {
    this.#step += 1;
    if (tagging) this.#tag();
    const { loss, gradients } = this.#backward(batch);
    if (tagging) this.#engine.tag("gradients", gradients.values());
    this.#update(gradients);
    if (tagging) this.#tag();
    dispose([...gradients.values()]);
    await this.#engine.settle();
    const [value] = await loss.data();
    loss.dispose();
    if (value === undefined) throw new Error("the loss is a scalar");
    return value;
  }

  #tag(): void {
    this.#engine.tag(
      "weights",
      this.#model.params.map((param) => param.variable),
    );
    for (const state of this.#states.values()) this.#engine.tag("optimizerState", Object.values(state));
  }

  #kept(state: OptimizerState): OptimizerState {
    for (const held of Object.values(state)) keep(held);
    return state;
  }

  /** Records forward and backward pass; what it returns is kept. */
  #backward(batch: HostInputs): { loss: Tensor; gradients: Map<Param, Tensor> } {
    const { params } = this.#model;
    const recorded = tidy(() => {
      const inputs = batch.map(upload);
      const variables = params.map((param) => param.variable);
      const { value, grads } = variableGrads(() => this.#model.loss(inputs) as Scalar, variables);
      keep(value);
      for (const gradient of Object.values(grads)) keep(gradient);
      return { value, grads };
    });
    const gradients = new Map<Param, Tensor>();
    for (const param of params) {
      const gradient = recorded.grads[param.variable.name];
      if (gradient === undefined) throw new Error(`no gradient for ${param.name}`);
      gradients.set(param, gradient);
    }
    return { loss: recorded.value, gradients };
  }

  #update(gradients: ReadonlyMap<Param, Tensor>): void {
    const results: { param: Param; old: OptimizerState; output: UpdateOutput }[] = [];
    tidy(() => {
      for (const [param, gradient] of gradients) {
        const old = this.#states.get(param);
        if (old === undefined) throw new Error(`no optimizer state of ${param.name}`);
        const output = this.#optimizer.update({
          param,
          value: param.variable,
          gradient,
          state: old,
          learningRate: LEARNING_RATE,
          weightDecay: 0,
          step: this.#step,
          gradientScale: null,
        });
        keep(output.value);
        results.push({ param, old, output: { ...output, state: this.#kept(output.state) } });
      }
    });
    for (const { param, old, output } of results) {
      param.assign(output.value);
      for (const held of Object.values(old)) held.dispose();
      this.#states.set(param, output.state);
    }
  }
}
