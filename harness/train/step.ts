// One training step: forward, backward, clipping, update. Recorded as one graph unless an optimizer refreshes on the host;
// in a stage's loop, a step that repeats is replayed by the engine instead of being recorded again.
import type { Engine } from "#harness/engine/engine.ts";
import { dispose, keep, type Tensor, tidy } from "#harness/engine/tensor.ts";
import type { Stage, TrainingBatch } from "#harness/method/contract.ts";
import { type Model, stateOf } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";
import { clipScale } from "#harness/optim/clip.ts";
import type { Peer, RefreshInput, UpdateOutput } from "#harness/optim/optimizer.ts";
import type { Stream } from "#harness/random/stream.ts";
import type { HostBatch, Task } from "#harness/task/contract.ts";
import { arraysOf, batchOf, uploadBatch } from "./batch.ts";
import { recordLoss } from "./forward.ts";
import { fusedStep } from "./fused-step.ts";
import { isFirst, liveUpdate, type Now, type StepLoop } from "./live-step.ts";
import { independentOf, replaceState, type Slot, stateTensors } from "./slots.ts";
import { watchSites } from "./watch-sites.ts";

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
  /** What optimizers that refresh wanted to know of their sites. */
  readonly seen: ReadonlyMap<Slot, Readonly<Record<string, Tensor>>>;
}

/** Records forward and backward pass; the result's tensors are kept. `upload` makes the batch's tensors. */
function backward(input: StepInput, now: Now, upload: () => TrainingBatch): Backward {
  const { slots } = input;
  const gradients = new Map<Param, Tensor>();
  const seen = new Map<Slot, Readonly<Record<string, Tensor>>>();
  const loss = tidy(() => {
    const batch = upload();
    const watched = watchSites(input.model, refreshing(input));
    const forward = recordLoss(input, now, batch, watched?.observe);
    const byId = new Map<number, Tensor>();
    const targets = [...slots.map(({ param }) => param.variable), ...(watched?.outputs() ?? [])];
    forward.backward(targets, (of, gradient) => byId.set(of.id, gradient));
    for (const { param } of slots) {
      const gradient = byId.get(param.variable.id);
      if (gradient === undefined) throw independentOf(input.stage, param);
      gradients.set(param, keep(gradient));
    }
    for (const [slot, found] of watched?.see(byId, batch.size) ?? []) {
      for (const tensor of Object.values(found)) keep(tensor);
      seen.set(slot, found);
    }
    forward.release();
    return keep(forward.value);
  });
  return { loss, gradients, seen };
}

const refreshing = ({ slots, step }: StepInput): Slot[] =>
  slots.filter((slot) => slot.optimizer.refresh?.due(step - slot.since) === true);

async function read(
  tensors: Readonly<Record<string, Tensor>> | undefined,
): Promise<Pick<RefreshInput, "seen">> {
  if (tensors === undefined) return {};
  const read = Object.entries(tensors).map(
    async ([name, tensor]) => [name, await tensor.data<"float32">()] as const,
  );
  return { seen: Object.fromEntries(await Promise.all(read)) };
}

/** Host refreshes that are due: reads those gradients once and swaps the state they return. */
async function refresh(input: StepInput, { gradients, seen }: Backward): Promise<void> {
  const due = refreshing(input);
  if (due.length === 0) return;
  await input.engine.settle();
  for (const slot of due) {
    const gradient = gradients.get(slot.param);
    const rule = slot.optimizer.refresh;
    if (gradient === undefined || rule === undefined) continue;
    // A rule that looks at its site continues from its state, which it reads at once: it must not be left on a device.
    if (rule.see !== undefined) await Promise.all(Object.values(slot.state).map((held) => held.data()));
    const changed = rule.run({
      param: slot.param,
      gradient: await gradient.data<"float32">(),
      state: slot.state,
      step: input.step - slot.since,
      ...(await read(seen.get(slot))),
    });
    replaceState(slot, { ...slot.state, ...changed });
  }
}

function update(input: StepInput, now: Now, gradients: ReadonlyMap<Param, Tensor>): void {
  const results: { slot: Slot; output: UpdateOutput }[] = [];
  const byName = new Map(input.slots.map((slot) => [slot.param.name, slot]));
  const peer = (name: string): Peer => {
    const slot = byName.get(name);
    const gradient = slot === undefined ? undefined : gradients.get(slot.param);
    if (slot === undefined || gradient === undefined)
      throw new Error(`no parameter ${name} is trained beside`);
    return { gradient, state: slot.state };
  };
  tidy(() => {
    const limit = input.stage.clip === "none" ? null : input.clipNorm;
    const scale = limit === null ? null : clipScale([...gradients.values()], limit);
    for (const slot of input.slots) {
      const gradient = gradients.get(slot.param);
      if (gradient === undefined) throw new Error(`no gradient for ${slot.param.name}`);
      const output = slot.optimizer.update(liveUpdate(now, slot, gradient, scale, peer));
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
      const upload = () => batchOf(batch, tensors);
      if (input.stage.updates === "in-backward") return [fusedStep(input, now, upload)];
      const { loss, gradients } = backward(input, now, upload);
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
  const upload = () => uploadBatch(input.batch);
  const loss =
    input.stage.updates === "in-backward"
      ? fusedStep(input, now, upload)
      : await steppedAfter(input, now, upload);
  await engine.settle();
  const value = (await loss.data())[0] ?? Number.NaN;
  loss.dispose();
  return value;
}

/** Backward pass, host refreshes, updates; returns the loss. */
async function steppedAfter(input: StepInput, now: Now, upload: () => TrainingBatch): Promise<Tensor> {
  const { engine, slots, tagging } = input;
  const made = backward(input, now, upload);
  if (tagging) engine.tag("gradients", made.gradients.values());
  await refresh(input, made);
  for (const tensors of made.seen.values()) dispose(Object.values(tensors));
  update(input, now, made.gradients);
  if (tagging) {
    engine.tag(
      "weights",
      slots.map((slot) => slot.param.variable),
    );
    engine.tag("optimizerState", stateTensors(slots));
  }
  dispose([...made.gradients.values()]);
  return made.loss;
}
