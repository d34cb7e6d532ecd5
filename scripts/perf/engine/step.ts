// One training step of a benchmark model: upload, forward, backward, Adam, loss read, replayed where the engine can. The same
// order of calls as harness/train/step.ts, without its stages, clipping and host refreshes.
import type { Engine } from "#harness/engine/engine.ts";
import { recordStep, type Step, type StepRunner } from "#harness/engine/steps.ts";
import { dispose, keep, type Scalar, type Tensor, tidy, variableGrads } from "#harness/engine/tensor.ts";
import type { Param } from "#harness/nn/param.ts";
import { adam } from "#harness/optim/adam.ts";
import type { OptimizerState, UpdateOutput } from "#harness/optim/optimizer.ts";
import type { HostInputs, PerfModel } from "./models/model.ts";

export const LEARNING_RATE = 1e-3;

export class Trainer {
  readonly #engine: Engine;
  readonly #runner: StepRunner;
  readonly #model: PerfModel;
  readonly #optimizer = adam();
  readonly #states = new Map<Param, OptimizerState>();
  #step = 0;

  constructor(engine: Engine, model: PerfModel) {
    this.#engine = engine;
    this.#runner = engine.steps();
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
    const step: Step = {
      key: this.#step === 1 ? "first" : "later",
      inputs: batch,
      carried: () => this.resident(),
      record: (inputs) => {
        const { loss, gradients } = this.#backward(inputs);
        if (tagging) this.#engine.tag("gradients", gradients.values());
        this.#update(gradients);
        if (tagging) this.#tag();
        dispose([...gradients.values()]);
        return [loss];
      },
    };
    const [loss] = await (tagging ? recordStep(step, () => this.#engine.settle()) : this.#runner.run(step));
    const value = loss?.[0];
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
  #backward(inputs: readonly Tensor[]): { loss: Tensor; gradients: Map<Param, Tensor> } {
    const { params } = this.#model;
    const recorded = tidy(() => {
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
    const count = () => this.#step;
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
          first: this.#step === 1,
          get step() {
            return count();
          },
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
