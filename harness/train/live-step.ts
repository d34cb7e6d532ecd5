// What changes from step to step, as code that is recorded once sees it: through functions that a replayed step calls anew.
// Reading one of these numbers elsewhere is allowed, and keeps the step from being captured (harness/engine/live.ts).

import { noteReading } from "#harness/engine/live.ts";
import type { StepRunner } from "#harness/engine/steps.ts";
import type { Tensor } from "#harness/engine/tensor.ts";
import type { Peer, UpdateInput } from "#harness/optim/optimizer.ts";
import type { Stream } from "#harness/random/stream.ts";
import type { Slot } from "./slots.ts";
import type { StepInput } from "./step.ts";

/** The steps of one stage, which are replayed where they repeat. */
export interface StepLoop {
  readonly runner: StepRunner;
  /** The step under way. */
  current: StepInput | null;
}

/** The step under way; without a loop it is the one that is recorded. */
export type Now = () => Pick<StepInput, "step" | "learningRate" | "dropout">;

/** The stream of the step under way. */
export function liveStream(now: Now): Stream {
  const drawing = (): Stream => {
    noteReading("a random number");
    return now().dropout;
  };
  return {
    uniform: () => drawing().uniform(),
    normal: () => drawing().normal(),
    integer: (bound) => drawing().integer(bound),
    permutation: (n) => drawing().permutation(n),
  };
}

/** The number of the step under way. */
export function liveStepNumber(now: Now): number {
  noteReading("the number of the step");
  return now().step;
}

/** Whether the parameter is updated for the first time since it joined. */
export const isFirst = (slot: Slot, step: number): boolean => step - slot.since === 1;

/** A slot's update, with the numbers of the step under way. */
export function liveUpdate(
  now: Now,
  slot: Slot,
  gradient: Tensor,
  gradientScale: Tensor | null,
  peer?: (name: string) => Peer,
): UpdateInput {
  return {
    param: slot.param,
    value: slot.param.variable,
    gradient,
    state: slot.state,
    weightDecay: slot.weightDecay,
    gradientScale,
    first: isFirst(slot, now().step),
    ...(peer === undefined ? {} : { peer }),
    get learningRate() {
      noteReading("the learning rate");
      return now().learningRate * slot.rateScale;
    },
    get step() {
      return liveStepNumber(now) - slot.since;
    },
  };
}
