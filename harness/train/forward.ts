// The forward pass of a training step: the loss that a step lowers, recorded so that its gradients can be walked through.
import { type Forward, recordForward } from "#harness/engine/backward.ts";
import { add, type Tensor } from "#harness/engine/tensor.ts";
import type { TrainingBatch } from "#harness/method/contract.ts";
import type { Pass, SiteObserver } from "#harness/nn/pass.ts";
import { liveStepNumber, liveStream, type Now } from "./live-step.ts";
import type { StepInput } from "./step.ts";

type LossInput = Pick<StepInput, "task" | "model" | "stage" | "step" | "dropout">;

/** The loss that a step lowers: the task's, and what the stage adds to it. `observe` hears of the linear sites. */
export function totalLoss(input: LossInput, batch: TrainingBatch, observe?: SiteObserver): Tensor {
  const { task, model, stage } = input;
  const pass: Pass = {
    training: true,
    dropout: input.dropout,
    ...(observe === undefined ? {} : { observe }),
  };
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

/** Records the loss of a step whose numbers change while it is replayed. To be called inside a tidy. */
export function recordLoss(
  { task, model, stage }: StepInput,
  now: Now,
  batch: TrainingBatch,
  observe?: SiteObserver,
): Forward {
  const live: LossInput = {
    task,
    model,
    stage,
    dropout: liveStream(now),
    get step() {
      return liveStepNumber(now);
    },
  };
  return recordForward(() => totalLoss(live, batch, observe));
}
