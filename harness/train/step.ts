// One training step: forward, backward, clipping, update. Recorded as one graph unless an optimizer refreshes on the host.
import type { Engine } from "#harness/engine/engine.ts";
import { add, dispose, keep, type Scalar, type Tensor, tidy, variableGrads } from "#harness/engine/tensor.ts";
import type { Stage, TrainingBatch } from "#harness/method/contract.ts";
import type { Model } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";
import { clipScale } from "#harness/optim/clip.ts";
import type { UpdateOutput } from "#harness/optim/optimizer.ts";
import type { Stream } from "#harness/random/stream.ts";
import type { HostBatch, Task } from "#harness/task/contract.ts";
import { uploadBatch } from "./batch.ts";
import { replaceState, type Slot, stateTensors } from "./slots.ts";

export interface StepInput {
  readonly engine: Engine;
  readonly task: Task;
  readonly model: Model;
  readonly stage: Stage;
  readonly slots: readonly Slot[];
  readonly batch: HostBatch;
  /** 1-based step of the stage. */
  readonly step: number;
  readonly learningRate: number;
  readonly clipNorm: number | null;
  readonly dropout: Stream;
  /** Tags tensors for the memory report; off in ordinary steps, where nobody reads the tags. */
  readonly tagging: boolean;
}

interface Backward {
  readonly loss: Tensor;
  readonly gradients: ReadonlyMap<Param, Tensor>;
}

function totalLoss(input: StepInput, batch: TrainingBatch): Tensor {
  const { task, model, stage, step } = input;
  const pass: Pass = { training: true, dropout: input.dropout };
  const scores = model.forward(batch.inputs, pass);
  const loss = task.loss(scores, batch.targets);
  const extra = stage.extraLoss?.({ model, batch, scores, step });
  return extra === undefined ? loss : add(loss, extra);
}

/** Records forward and backward pass; the result's tensors are kept. */
function backward(input: StepInput): Backward {
  const trained = input.slots.map((slot) => slot.param);
  const kept = tidy(() => {
    const batch = uploadBatch(input.batch);
    const { value, grads } = variableGrads(
      () => totalLoss(input, batch) as Scalar,
      trained.map((param) => param.variable),
    );
    keep(value);
    for (const gradient of Object.values(grads)) if (gradient !== null) keep(gradient);
    return { value, grads };
  });
  const gradients = new Map<Param, Tensor>();
  for (const param of trained) {
    const gradient = kept.grads[param.variable.name];
    if (gradient === undefined || gradient === null) {
      throw new Error(
        `stage ${input.stage.name}: the loss does not depend on trainable parameter ${param.name}`,
      );
    }
    gradients.set(param, gradient);
  }
  return { loss: kept.value, gradients };
}

/** Host refreshes that are due: reads those gradients once and swaps the state they return. */
async function refresh(input: StepInput, gradients: ReadonlyMap<Param, Tensor>): Promise<void> {
  const due = input.slots.filter((slot) => slot.optimizer.refresh?.due(input.step - slot.since) === true);
  if (due.length === 0) return;
  await input.engine.settle();
  for (const slot of due) {
    const gradient = gradients.get(slot.param);
    const rule = slot.optimizer.refresh;
    if (gradient === undefined || rule === undefined) continue;
    const changed = rule.run({
      param: slot.param,
      gradient: await gradient.data<"float32">(),
      state: slot.state,
      step: input.step - slot.since,
    });
    replaceState(slot, { ...slot.state, ...changed });
  }
}

function update(input: StepInput, gradients: ReadonlyMap<Param, Tensor>): void {
  const results: { slot: Slot; output: UpdateOutput }[] = [];
  tidy(() => {
    const scale = input.clipNorm === null ? null : clipScale([...gradients.values()], input.clipNorm);
    for (const slot of input.slots) {
      const gradient = gradients.get(slot.param);
      if (gradient === undefined) throw new Error(`no gradient for ${slot.param.name}`);
      const output = slot.optimizer.update({
        param: slot.param,
        value: slot.param.variable,
        gradient,
        state: slot.state,
        learningRate: input.learningRate * slot.rateScale,
        weightDecay: slot.weightDecay,
        step: input.step - slot.since,
        gradientScale: scale,
      });
      keep(output.value);
      for (const tensor of Object.values(output.state)) keep(tensor);
      results.push({ slot, output });
    }
  });
  for (const { slot, output } of results) {
    slot.param.assign(output.value);
    replaceState(slot, output.state);
  }
}

/** Runs one step and returns the loss before the update. All tensors it made are gone afterwards but values and state. */
export async function trainStep(input: StepInput): Promise<number> {
  const { engine, slots } = input;
  if (input.tagging) {
    engine.tag(
      "weights",
      input.model.params().map((param) => param.variable),
    );
    engine.tag("optimizerState", stateTensors(slots));
  }
  const { loss, gradients } = backward(input);
  if (input.tagging) engine.tag("gradients", gradients.values());
  await refresh(input, gradients);
  update(input, gradients);
  if (input.tagging) {
    engine.tag(
      "weights",
      slots.map((slot) => slot.param.variable),
    );
    engine.tag("optimizerState", stateTensors(slots));
  }
  dispose([...gradients.values()]);
  await engine.settle();
  const value = (await loss.data())[0] ?? Number.NaN;
  loss.dispose();
  return value;
}
