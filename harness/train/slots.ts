// Which optimizer, rate and decay each trainable parameter gets in a stage, and the state that goes with it.
import type { Tensor } from "#harness/engine/tensor.ts";
import { keep } from "#harness/engine/tensor.ts";
import type { Stage } from "#harness/method/contract.ts";
import type { Model } from "#harness/nn/model.ts";
import type { Param, ParamRole } from "#harness/nn/param.ts";
import { adamw } from "#harness/optim/adam.ts";
import type { Optimizer, OptimizerState } from "#harness/optim/optimizer.ts";

/** One trainable parameter with its update rule and state. */
export interface Slot {
  readonly param: Param;
  readonly optimizer: Optimizer;
  readonly rateScale: number;
  readonly weightDecay: number;
  state: OptimizerState;
}

/** Decay acts on matrices, tables and factors; never on biases, norms and gates (baselines' rule). */
const DECAYED: Readonly<Record<ParamRole, boolean>> = {
  matrix: true,
  embedding: true,
  factor: true,
  bias: false,
  norm: false,
  gate: false,
};

/** Slots for every trainable parameter of the model, in the model's order, with fresh state. */
export function makeSlots(model: Model, stage: Stage, weightDecay: number): Slot[] {
  const base = stage.optimizer ?? adamw();
  const owner = new Map<Param, { optimizer: Optimizer; rateScale: number; weightDecay: number }>();
  for (const group of stage.groups ?? []) {
    for (const param of group.params) {
      if (owner.has(param)) throw new Error(`stage ${stage.name}: parameter ${param.name} is in two groups`);
      owner.set(param, {
        optimizer: group.optimizer,
        rateScale: group.rateScale ?? 1,
        weightDecay: group.weightDecay ?? weightDecay,
      });
    }
  }
  const trainable = model.params().filter((param) => param.trainable);
  for (const param of owner.keys()) {
    if (!trainable.includes(param))
      throw new Error(`stage ${stage.name}: group parameter ${param.name} is not trained`);
  }
  return trainable.map((param) => {
    const rule = owner.get(param) ?? { optimizer: base, rateScale: 1, weightDecay };
    return {
      param,
      optimizer: rule.optimizer,
      rateScale: rule.rateScale,
      weightDecay: DECAYED[param.role] ? rule.weightDecay : 0,
      state: keepState(rule.optimizer.init(param)),
    };
  });
}

export const stateTensors = (slots: readonly Slot[]): Tensor[] =>
  slots.flatMap((slot) => Object.values(slot.state));

/** Bytes of the state tensors as they are. */
export const stateBytes = (slots: readonly Slot[]): number =>
  stateTensors(slots).reduce((sum, tensor) => sum + tensor.size * (tensor.dtype === "bool" ? 1 : 4), 0);

export function keepState(state: OptimizerState): OptimizerState {
  for (const tensor of Object.values(state)) keep(tensor);
  return state;
}

/** Puts `next` in place of the slot's state and releases the tensors that went away. */
export function replaceState(slot: Slot, next: OptimizerState): void {
  const kept = new Set(Object.values(next));
  for (const tensor of Object.values(slot.state)) if (!kept.has(tensor)) tensor.dispose();
  slot.state = keepState(next);
}

export function disposeSlots(slots: readonly Slot[]): void {
  for (const tensor of stateTensors(slots)) tensor.dispose();
}
