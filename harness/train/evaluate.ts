// Scores of a split under the model as it is: evaluation mode, each item once, in the split's order. What is held of a
// split is one row an item, whatever a batch's outputs are.
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
  /** Row-major [size, outputs], or [size] where the task scores items. */
  readonly scores: Float32Array;
  /** Mean over targets. */
  readonly loss: number;
  readonly quality: Readonly<Partial<Record<QualityMetricId, Measured>>>;
}

export async function evaluate(engine: Engine, task: Task, model: Model, split: Split): Promise<Evaluation> {
  const { scoring } = task;
  const width = scoring === undefined ? task.outputs : 1;
  const scores = new Float32Array(split.size * width);
  const release = model.hold?.();
  let lossSum = 0;
  let targetCount = 0;
  for (const batch of split.batches(scoring?.batchSize ?? BATCH)) {
    const out = tidy(() => {
      const { inputs, targets } = uploadBatch(batch);
      const made = model.forward(inputs, EVALUATION);
      const kept = scoring === undefined ? made : scoring.score(made, targets);
      return { scores: keep(kept), loss: keep(task.loss(made, targets)) };
    });
    await engine.settle();
    const rows = await out.scores.data<"float32">();
    const count = batch.targets.data.length;
    lossSum += ((await out.loss.data())[0] ?? Number.NaN) * count;
    targetCount += count;
    dispose([out.scores, out.loss]);
    for (const [row, item] of batch.items.entries()) {
      scores.set(rows.subarray(row * width, (row + 1) * width), item * width);
    }
  }
  release?.();
  if (scores.some((score) => !Number.isFinite(score))) {
    throw new Divergence("nan-scores", { loss: null, stage: null, step: null });
  }
  return { scores, loss: lossSum / targetCount, quality: task.evaluate(scores, split.targets) };
}
