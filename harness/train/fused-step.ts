// Steps whose updates happen inside the backward pass (Lv et al. 2023, LOMO): a parameter takes its step as soon as its
// gradient is complete, and the gradient is gone before the next one is made.

import type { Forward } from "#harness/engine/backward.ts";
import { keep, type Tensor, tidy } from "#harness/engine/tensor.ts";
import type { TrainingBatch } from "#harness/method/contract.ts";
import { scaleOfSquares, squaredNorm } from "#harness/optim/clip.ts";
import { recordLoss } from "./forward.ts";
import { liveUpdate, type Now } from "./live-step.ts";
import { independentOf, replaceState, type Slot } from "./slots.ts";
import type { StepInput } from "./step.ts";

/** Visits the gradient of every slot once, in the order in which the backward pass completes them. */
function eachGradient(
  forward: Forward,
  input: StepInput,
  visit: (slot: Slot, gradient: Tensor) => void,
): void {
  const missing = new Map(input.slots.map((slot) => [slot.param.variable.id, slot]));
  forward.backward(
    input.slots.map(({ param }) => param.variable),
    (of, gradient) => {
      const slot = missing.get(of.id);
      if (slot === undefined) return;
      missing.delete(of.id);
      visit(slot, gradient);
    },
  );
  for (const { param } of missing.values()) throw independentOf(input.stage, param);
}

/**
 * Records forward pass, backward pass and updates; returns the loss, kept. With a limit on the gradients' norm the backward
 * pass is walked twice: once for the norm, once for the updates (section 3.3 of the paper, which repeats the forward pass
 * too; here its activations are still there).
 */
export function fusedStep(input: StepInput, now: Now, upload: () => TrainingBatch): Tensor {
  const { engine, tagging } = input;
  const refreshing = input.slots.find(({ optimizer }) => optimizer.refresh !== undefined);
  if (refreshing !== undefined)
    throw new Error(
      `stage ${input.stage.name}: ${refreshing.optimizer.id} reads whole gradients and cannot step inside the backward pass`,
    );
  return tidy(() => {
    const forward = recordLoss(input, now, upload());
    const limit = input.stage.clip === "none" ? null : input.clipNorm;
    let scale: Tensor | null = null;
    if (limit !== null) {
      const squares = new Map<Slot, Tensor>();
      eachGradient(forward, input, (slot, gradient) => {
        if (tagging) engine.tag("gradients", [gradient]);
        squares.set(slot, squaredNorm(gradient));
      });
      // In the order of the slots, as it is summed without fusing.
      scale = scaleOfSquares(
        input.slots.flatMap((slot) => squares.get(slot) ?? []),
        limit,
      );
    }
    eachGradient(forward, input, (slot, gradient) => {
      if (tagging) engine.tag("gradients", [gradient]);
      const { value, state } = slot.optimizer.update(liveUpdate(now, slot, gradient, scale));
      for (const tensor of Object.values(state)) keep(tensor);
      slot.param.assign(value);
      replaceState(slot, state);
      if (tagging) engine.tag("weights", [slot.param.variable]);
      if (tagging) engine.tag("optimizerState", Object.values(slot.state));
    });
    forward.release();
    return keep(forward.value);
  });
}
