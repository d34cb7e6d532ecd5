// Scores of a split under the model as it is: evaluation mode, each item once, in the split's order.
import type { Engine } from "#harness/engine/engine.ts";
import { dispose, keep, tidy } from "#harness/engine/tensor.ts";
import type { Model } from "#harness/nn/model.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import type { QualityMetricId } from "#harness/record/metrics.ts";
import type { Measured } from "#harness/record/schema.ts";
import type { Split, Task } from "#harness/task/contract.ts";
import { uploadBatch } from "./batch.ts";
import { Divergence } from "./divergence.ts";

/** Evaluation batches are larger than training's: no activations are kept. */
const BATCH = 64;

export interface Evaluation {
  /** Row-major [size, outputs]. */
  readonly scores: Float32Array;
  readonly loss: number;
  readonly quality: Readonly<Partial<Record<QualityMetricId, Measured>>>;
}

export async function evaluate(engine: Engine, task: Task, model: Model, split: Split): Promise<Evaluation> {
  const scores = new Float32Array(split.size * task.outputs);
  let lossSum = 0;
  for (const batch of split.batches(BATCH)) {
    const out = tidy(() => {
      const { inputs, targets } = uploadBatch(batch);
      const made = model.forward(inputs, EVALUATION);
      return { scores: keep(made), loss: keep(task.loss(made, targets)) };
    });
    await engine.settle();
    const rows = await out.scores.data<"float32">();
    lossSum += ((await out.loss.data())[0] ?? Number.NaN) * batch.size;
    dispose([out.scores, out.loss]);
    for (const [row, item] of batch.items.entries()) {
      scores.set(rows.subarray(row * task.outputs, (row + 1) * task.outputs), item * task.outputs);
    }
  }
  if (scores.some((score) => !Number.isFinite(score))) {
    throw new Divergence("nan-scores", { loss: null, stage: null, step: null });
  }
  return { scores, loss: lossSum / split.size, quality: task.evaluate(scores, split.targets) };
}
