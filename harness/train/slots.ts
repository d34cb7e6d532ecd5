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
  /** Steps of the stage done before it joined: its optimizer counts its own steps from there. */
  readonly since: number;
  state: OptimizerState;
}

interface Rule {
  readonly optimizer: Optimizer;
  readonly rateScale: number;
  readonly weightDecay: number;
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

/** The rule of each parameter that a group names; the others use the stage's base optimizer. */
function groupRules(stage: Stage, weightDecay: number): ReadonlyMap<Param, Rule> {
  const rules = new Map<Param, Rule>();
  for (const group of stage.groups ?? []) {
    for (const param of group.params) {
      if (rules.has(param)) throw new Error(`stage ${stage.name}: parameter ${param.name} is in two groups`);
      rules.set(param, {
        optimizer: group.optimizer,
        rateScale: group.rateScale ?? 1,
        weightDecay: group.weightDecay ?? weightDecay,
      });
    }
  }
  return rules;
}

function newSlot(param: Param, rule: Rule, since: number): Slot {
  return {
    param,
    ...rule,
    weightDecay: DECAYED[param.role] ? rule.weightDecay : 0,
    since,
    state: keepState(rule.optimizer.init(param)),
  };
}

/** Slots for every trainable parameter of the model, in the model's order, with fresh state. */
export function makeSlots(model: Model, stage: Stage, weightDecay: number): Slot[] {
  for (const group of stage.groups ?? []) {
    for (const param of group.params) {
      if (!param.trainable)
        throw new Error(`stage ${stage.name}: group parameter ${param.name} is not trained`);
    }
  }
  const slots: Slot[] = [];
  followTrainable(slots, { model, stage, weightDecay, step: 0 });
  return slots;
}

/**
 * Brings `slots` in line with what is trainable now, in the model's order: parameters that were frozen lose their slot
 * and state, those set free after `step` steps of the stage get a fresh one, the rest keep theirs.
 */
export function followTrainable(
  slots: Slot[],
  at: { readonly model: Model; readonly stage: Stage; readonly weightDecay: number; readonly step: number },
): void {
  const trainable = at.model.params().filter((param) => param.trainable);
  if (trainable.length === slots.length && slots.every((slot, i) => slot.param === trainable[i])) return;
  const base: Rule = { optimizer: at.stage.optimizer ?? adamw(), rateScale: 1, weightDecay: at.weightDecay };
  const rules = groupRules(at.stage, at.weightDecay);
  const held = new Map(slots.map((slot) => [slot.param, slot]));
  const next = trainable.map((param) => held.get(param) ?? newSlot(param, rules.get(param) ?? base, at.step));
  disposeSlots(slots.filter((slot) => !next.includes(slot)));
  slots.splice(0, slots.length, ...next);
}

/** The error of a trained parameter that has no gradient. */
export const independentOf = (stage: Stage, param: Param): Error =>
  new Error(`stage ${stage.name}: the loss does not depend on trainable parameter ${param.name}`);

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
