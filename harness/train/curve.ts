// Thinned training curves: windowed mean losses, at most 200 points a stage, and the validation passes.
import type { Curve } from "#harness/record/schema.ts";

const MAX_POINTS = 200;

export interface CurveRecorder {
  step(step: number, loss: number, learningRate: number): void;
  validation(step: number, loss: number, metric: number | null): void;
  curve(): Curve;
}

/** Records a stage of `steps` steps: the mean loss of each window of ceil(steps / 200) steps, and a last shorter one. */
export function recordCurve(stage: string, steps: number): CurveRecorder {
  const window = Math.max(1, Math.ceil(steps / MAX_POINTS));
  const curve: Curve = {
    stage,
    training: { step: [], loss: [], learningRate: [] },
    validation: { step: [], loss: [], metric: [] },
  };
  let sum = 0;
  let count = 0;
  return {
    step(step, loss, learningRate) {
      sum += loss;
      count++;
      if (count < window && step < steps) return;
      curve.training.step.push(step);
      curve.training.loss.push(sum / count);
      curve.training.learningRate.push(learningRate);
      sum = 0;
      count = 0;
    },
    validation(step, loss, metric) {
      curve.validation.step.push(step);
      curve.validation.loss.push(loss);
      curve.validation.metric.push(metric);
    },
    curve: () => curve,
  };
}
