// The metric catalogue: every number the project publishes, with its unit, direction and definition.
// Tables, axes, CSV headers and docs are made from it; a number that is not here is not published.

/**
 * `coefficient`: from -1 to 1, printed as it is; `nats` and `bits`: logarithm of a probability, natural and to base 2;
 * `choices`: how many equally likely ones.
 */
export type Unit =
  | "share"
  | "coefficient"
  | "nats"
  | "bits"
  | "choices"
  | "count"
  | "bytes"
  | "seconds"
  | "milliseconds"
  | "per-second"
  | "multiply-adds";
export type Direction = "higher" | "lower" | "neutral";

export interface Metric {
  readonly title: string;
  /** Column header of narrow tables. */
  readonly short: string;
  readonly unit: Unit;
  /** Which way is better. */
  readonly direction: Direction;
  readonly definition: string;
  /** Shown in the narrow table at the end of a run. */
  readonly headline: boolean;
}

const define = <K extends string>(entries: Record<K, Metric>): Readonly<Record<K, Metric>> => entries;

/** Quality of predictions on the test split, by metric id. A task names one of them as its own. */
export const QUALITY_METRICS = define({
  accuracy: {
    title: "Accuracy",
    short: "accuracy",
    unit: "share",
    direction: "higher",
    definition:
      "Share of test items whose highest score is the true class; ties go to the lower class index.",
    headline: true,
  },
  f1: {
    title: "F1 of the positive class",
    short: "F1",
    unit: "share",
    direction: "higher",
    definition:
      "Harmonic mean of precision and recall of class 1 on the test split: 2 TP / (2 TP + FP + FN); undefined where neither truth nor prediction has a positive item.",
    headline: true,
  },
  matthews: {
    title: "Matthews correlation",
    short: "MCC",
    unit: "coefficient",
    direction: "higher",
    definition:
      "Correlation of true and predicted class on the test split (Gorodkin's form for more than two classes); 0 where only one of the two varies, undefined where neither does.",
    headline: true,
  },
  pearson: {
    title: "Pearson correlation",
    short: "Pearson",
    unit: "coefficient",
    direction: "higher",
    definition:
      "Linear correlation of predicted and true values on the test split; undefined where either is constant.",
    headline: true,
  },
  spearman: {
    title: "Spearman correlation",
    short: "Spearman",
    unit: "coefficient",
    direction: "higher",
    definition:
      "Pearson correlation of the ranks of predicted and true values, ties at their mean rank; undefined where either is constant.",
    headline: true,
  },
  auc: {
    title: "Area under the ROC curve",
    short: "AUC",
    unit: "share",
    direction: "higher",
    definition:
      "Share of (positive, negative) pairs of test items in which the positive one scores higher, ties counted half; undefined where the split has one class.",
    headline: true,
  },
  "log-loss": {
    title: "Log loss",
    short: "log loss",
    unit: "nats",
    direction: "lower",
    definition:
      "Mean of -ln p over test items, p the predicted probability of the true class, clipped to at least 1e-7 and at most 1 - 1e-7.",
    headline: false,
  },
  "calibration-error": {
    title: "Expected calibration error",
    short: "ECE",
    unit: "share",
    direction: "lower",
    definition:
      "Mean distance of confidence and accuracy over 15 equal bins of confidence (lower border excluded, 0 in the first, 1 in the last), weighted by the items in each.",
    headline: false,
  },
  perplexity: {
    title: "Perplexity",
    short: "ppl",
    unit: "choices",
    direction: "lower",
    definition: "exp of the nats per token. Depends on the tokenizer: comparable within a task only.",
    headline: true,
  },
  "nats-per-token": {
    title: "Nats per token",
    short: "nats/token",
    unit: "nats",
    direction: "lower",
    definition:
      "Mean of -ln p over the test text's tokens but the first, p the predicted probability of the true token. The text is cut into windows of the model's context that share no token, the last one shorter; a token sees those before it in its window and the one before the window, and counts once.",
    headline: false,
  },
  "bits-per-character": {
    title: "Bits per character",
    short: "bits/char",
    unit: "bits",
    direction: "lower",
    definition:
      "Sum of -log2 p over the tokens of nats per token, divided by the characters (Unicode code points) that begin in them: comparable across tokenizers.",
    headline: true,
  },
});
export type QualityMetricId = keyof typeof QUALITY_METRICS;

export const COST_METRICS = define({
  "parameters-trainable": {
    title: "Trainable parameters",
    short: "trainable",
    unit: "count",
    direction: "lower",
    definition: "Numbers that the main training stage may change, task head included.",
    headline: true,
  },
  "parameters-trainable-without-head": {
    title: "Trainable parameters without the head",
    short: "without head",
    unit: "count",
    direction: "lower",
    definition: "As above, task head left out: the count that papers on adapters usually print.",
    headline: false,
  },
  "parameters-training": {
    title: "Parameters during training",
    short: "in training",
    unit: "count",
    direction: "lower",
    definition: "All numbers of the model in the main training stage, frozen ones and adapters included.",
    headline: false,
  },
  "parameters-deployed": {
    title: "Deployed parameters",
    short: "deployed",
    unit: "count",
    direction: "lower",
    definition: "Numbers of the finished model that inference reads.",
    headline: true,
  },
  "deployed-bytes": {
    title: "Deployed size",
    short: "size",
    unit: "bytes",
    direction: "lower",
    definition:
      "Bytes of the finished model: every stored number at its stored width, codebooks, masks, indices and scales included.",
    headline: true,
  },
  "optimizer-state-bytes": {
    title: "Optimizer state",
    short: "optimizer",
    unit: "bytes",
    direction: "lower",
    definition:
      "Bytes of all state that the optimizer keeps between steps of the main training stage, projectors included.",
    headline: true,
  },
  "memory-logical-peak": {
    title: "Training memory (logical peak)",
    short: "memory",
    unit: "bytes",
    direction: "lower",
    definition:
      "Logical in-place peak of one steady step of the main training stage at the task's longest batch shape: bytes alive at the worst operation of the recorded step, exact and independent of the engine's allocator.",
    headline: true,
  },
  "memory-weights": {
    title: "Weights at the peak",
    short: "weights",
    unit: "bytes",
    direction: "lower",
    definition: "Part of the logical peak: parameters, frozen ones included.",
    headline: false,
  },
  "memory-gradients": {
    title: "Gradients at the peak",
    short: "gradients",
    unit: "bytes",
    direction: "lower",
    definition: "Part of the logical peak: gradients of parameters alive at that moment.",
    headline: false,
  },
  "memory-optimizer-state": {
    title: "Optimizer state at the peak",
    short: "state",
    unit: "bytes",
    direction: "lower",
    definition: "Part of the logical peak: optimizer state alive at that moment.",
    headline: false,
  },
  "memory-activations": {
    title: "Activations at the peak",
    short: "activations",
    unit: "bytes",
    direction: "lower",
    definition:
      "Part of the logical peak: everything else, chiefly what the backward pass still needs, and the batch itself.",
    headline: false,
  },
  "memory-process-peak": {
    title: "Process memory (measured)",
    short: "process",
    unit: "bytes",
    direction: "lower",
    definition:
      "Largest resident set of the worker process over the whole run as the operating system counted it: engine, runtime, data and garbage not yet collected included.",
    headline: false,
  },
  "memory-measured-peak": {
    title: "Training memory (measured peak)",
    short: "measured",
    unit: "bytes",
    direction: "lower",
    definition:
      "What the worker process held at the worst moment of a steady step of the main training stage at the task's longest batch shape, above what it held before the model was made, garbage collected: median of 5 steps of a separate run in exact mode (`--measure memory`), in which freed memory goes back to the system at once. Belongs to the engine and the machine.",
    headline: true,
  },
  "steps-total": {
    title: "Training steps",
    short: "steps",
    unit: "count",
    direction: "lower",
    definition:
      "Optimizer steps of all stages, a dense checkpoint's training included whether or not it came from the cache.",
    headline: false,
  },
  "time-training": {
    title: "Training time",
    short: "training",
    unit: "seconds",
    direction: "lower",
    definition:
      "Wall time of all training and calibration stages, evaluation excluded, a dense checkpoint's training included as it was measured when it was made.",
    headline: true,
  },
  "time-total": {
    title: "Time of the run",
    short: "total",
    unit: "seconds",
    direction: "lower",
    definition: "Wall time of this run's process from its start to its result.",
    headline: false,
  },
  "steps-per-second": {
    title: "Training speed",
    short: "steps/s",
    unit: "per-second",
    direction: "higher",
    definition: "Optimizer steps of the main training stage divided by its wall time, evaluation excluded.",
    headline: false,
  },
  "multiply-adds": {
    title: "Multiply-adds",
    short: "MACs",
    unit: "multiply-adds",
    direction: "lower",
    definition:
      "Multiply-accumulate operations of the deployed model's matrix products and convolutions for one example of the latency input.",
    headline: false,
  },
  "latency-1-p50": latency(1, 50, true),
  "latency-1-p95": latency(1, 95, false),
  "latency-1-p99": latency(1, 99, false),
  "latency-32-p50": latency(32, 50, false),
  "latency-32-p95": latency(32, 95, false),
  "latency-32-p99": latency(32, 99, false),
});
export type CostMetricId = keyof typeof COST_METRICS;

function latency(batch: number, percentile: number, headline: boolean): Metric {
  return {
    title: `Latency, batch ${batch}, p${percentile}`,
    short: `b${batch} p${percentile}`,
    unit: "milliseconds",
    direction: "lower",
    definition: `Percentile ${percentile} of the wall time of one forward pass of the deployed model at batch ${batch}, one thread, after warm-up, at the task's median input length.`,
    headline,
  };
}

export const METRICS: Readonly<Record<QualityMetricId | CostMetricId, Metric>> = {
  ...QUALITY_METRICS,
  ...COST_METRICS,
};
export type MetricId = keyof typeof METRICS;
export const METRIC_IDS = Object.keys(METRICS) as MetricId[];
