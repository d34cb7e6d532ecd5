// One training step: forward, backward, clipping, update. Recorded as one graph unless an optimizer refreshes on the host;
// in a stage's loop, a step that repeats is replayed by the engine instead of being recorded again.
import type { Engine } from "#harness/engine/engine.ts";
import { add, dispose, keep, type Scalar, type Tensor, tidy, variableGrads } from "#harness/engine/tensor.ts";
import type { Stage, TrainingBatch } from "#harness/method/contract.ts";
import { type Model, stateOf } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";
import type { Pass } from "#harness/nn/pass.ts";
import { clipScale } from "#harness/optim/clip.ts";
import type { UpdateOutput } from "#harness/optim/optimizer.ts";
import type { Stream } from "#harness/random/stream.ts";
import type { HostBatch, Task } from "#harness/task/contract.ts";
import { arraysOf, batchOf, uploadBatch } from "./batch.ts";
import { isFirst, liveStepNumber, liveStream, liveUpdate, type Now, type StepLoop } from "./live-step.ts";
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
  /** The loop that the step belongs to; left out by steps that stand alone, which are always recorded. */
  readonly loop?: StepLoop;
}

interface Backward {
  readonly loss: Tensor;
  readonly gradients: ReadonlyMap<Param, Tensor>;
}

/** The loss that a step lowers: the task's, and what the stage adds to it. */
export function totalLoss(
  input: Pick<StepInput, "task" | "model" | "stage" | "step" | "dropout">,
  batch: TrainingBatch,
): Tensor {
  const { task, model, stage } = input;
  const pass: Pass = { training: true, dropout: input.dropout };
  const scores = model.forward(batch.inputs, pass);
  const loss = task.loss(scores, batch.targets);
  const extra = stage.extraLoss?.({
    model,
    batch,
    scores,
    get step() {
      return input.step;
    },
  });
  return extra === undefined ? loss : add(loss, extra);
}

/** Records forward and backward pass; the result's tensors are kept. `upload` makes the batch's tensors. */
function backward(input: StepInput, now: Now, upload: () => TrainingBatch): Backward {
  const { task, model, stage } = input;
  const trained = input.slots.map((slot) => slot.param);
  const dropout = liveStream(now);
  const kept = tidy(() => {
    const batch = upload();
    const lossOf = () =>
      totalLoss(
        {
          task,
          model,
          stage,
          dropout,
          get step() {
            return liveStepNumber(now);
          },
        },
        batch,
      ) as Scalar;
    const { value, grads } = variableGrads(
      lossOf,
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

const refreshing = ({ slots, step }: StepInput): Slot[] =>
  slots.filter((slot) => slot.optimizer.refresh?.due(step - slot.since) === true);

/** Host refreshes that are due: reads those gradients once and swaps the state they return. */
async function refresh(input: StepInput, gradients: ReadonlyMap<Param, Tensor>): Promise<void> {
  const due = refreshing(input);
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

function update(input: StepInput, now: Now, gradients: ReadonlyMap<Param, Tensor>): void {
  const results: { slot: Slot; output: UpdateOutput }[] = [];
  tidy(() => {
    const scale = input.clipNorm === null ? null : clipScale([...gradients.values()], input.clipNorm);
    for (const slot of input.slots) {
      const gradient = gradients.get(slot.param);
      if (gradient === undefined) throw new Error(`no gradient for ${slot.param.name}`);
      const output = slot.optimizer.update(liveUpdate(now, slot, gradient, scale));
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

/** Why a step of a loop must be recorded and not be kept, or null. */
function whyRecorded(input: StepInput): string | null {
  if (refreshing(input).length > 0) return "an optimizer refreshes";
  return input.stage.betweenSteps?.due(input.step) === true ? "the method acts after the step" : null;
}

/** Runs one step and returns the loss before the update. All tensors it made are gone afterwards but values and state. */
export async function trainStep(input: StepInput): Promise<number> {
  const { loop } = input;
  if (loop === undefined) return recordedStep(input);
  const why = whyRecorded(input);
  if (why === null) return repeatedStep(input, loop);
  loop.runner.recorded(why);
  return recordedStep(input);
}

/** The step by the loop's runner, which may know it already. */
async function repeatedStep(input: StepInput, loop: StepLoop): Promise<number> {
  const { model, slots, batch } = input;
  // A captured step's functions outlive the step that was recorded, and read from the one under way.
  loop.current = input;
  const now: Now = () => loop.current ?? input;
  const params = [...model.params(), ...stateOf(model)].map((param) => param.variable);
  const [loss] = await loop.runner.run({
    // An update may do other things the first time.
    key: slots.map((slot) => (isFirst(slot, input.step) ? "1" : "0")).join(""),
    inputs: arraysOf(batch),
    carried: () => [...params, ...stateTensors(slots)],
    record(tensors) {
      const { loss, gradients } = backward(input, now, () => batchOf(batch, tensors));
      update(input, now, gradients);
      dispose([...gradients.values()]);
      return [loss];
    },
  });
  return loss?.[0] ?? Number.NaN;
}

async function recordedStep(input: StepInput): Promise<number> {
  const { engine, slots } = input;
  const now: Now = () => input;
  if (input.tagging) {
    engine.tag(
      "weights",
      input.model.params().map((param) => param.variable),
    );
    engine.tag("optimizerState", stateTensors(slots));
  }
  const { loss, gradients } = backward(input, now, () => uploadBatch(input.batch));
  if (input.tagging) engine.tag("gradients", gradients.values());
  await refresh(input, gradients);
  update(input, now, gradients);
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
