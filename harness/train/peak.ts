// Training memory: the logical peak of one steady step at the longest batch shape, with weights and state put back after.
import type { LogicalPeak } from "#harness/engine/engine.ts";
import { type DataType, type Tensor, tensor } from "#harness/engine/tensor.ts";
import type { Stage } from "#harness/method/contract.ts";
import { type Model, stateOf } from "#harness/nn/model.ts";
import { stream } from "#harness/random/stream.ts";
import { replaceState, type Slot, stateTensors } from "./slots.ts";
import type { RunContext } from "./stage.ts";
import { trainStep } from "./step.ts";

type Saved = {
  readonly values: Float32Array | Int32Array | Uint8Array;
  readonly shape: number[];
  readonly dtype: DataType;
};

const save = async (held: Tensor): Promise<Saved> => ({
  values: (await held.data()).slice(),
  shape: held.shape,
  dtype: held.dtype,
});

const restore = (saved: Saved): Tensor => tensor(saved.values, saved.shape, saved.dtype);

/** Steps looked through for one without a refresh; an optimizer that refreshes at each of them does so at every step. */
const LOOK_AHEAD = 10_000;

/** The first step from `after` on at which no optimizer refreshes: what most steps are like. */
export function steadyStep(slots: readonly Slot[], after: number): number {
  for (let step = after; step < after + LOOK_AHEAD; step++) {
    if (!slots.some((slot) => slot.optimizer.refresh?.due(step - slot.since) === true)) return step;
  }
  return after;
}

/** Measures after `steps` steps of `stage`; null on engines that record nothing. Leaves model and state bit-equal. */
export async function stagePeak(
  run: RunContext,
  stage: Stage,
  model: Model,
  slots: readonly Slot[],
  steps: number,
): Promise<LogicalPeak | null> {
  // What a step changes: trained parameters, and the model's own state, which follows the batches it sees.
  const changing = [...slots.map(({ param }) => param), ...stateOf(model)];
  const values = await Promise.all(changing.map(async (param) => (await param.read()).slice()));
  const states = await Promise.all(
    slots.map(async (slot) =>
      Promise.all(Object.entries(slot.state).map(async ([name, held]) => [name, await save(held)] as const)),
    ),
  );
  const batch = run.data.longest(run.preset.budget.batchSize);
  const step = steadyStep(slots, steps + 1);
  const peak = await run.engine.measurePeak(async () => {
    await trainStep({
      engine: run.engine,
      task: run.task,
      model,
      stage,
      slots,
      batch,
      step,
      learningRate: 0,
      clipNorm: run.preset.budget.clipNorm,
      dropout: stream(run.seed, "dropout", stage.name, "memory"),
      tagging: true,
    });
  }, [...[...model.params(), ...stateOf(model)].map((param) => param.variable), ...stateTensors(slots)]);
  for (const [i, param] of changing.entries()) {
    const before = values[i];
    if (before !== undefined) param.load(before);
  }
  for (const [i, slot] of slots.entries()) {
    replaceState(slot, Object.fromEntries((states[i] ?? []).map(([name, saved]) => [name, restore(saved)])));
  }
  return peak;
}
