// Quality of predicted text, in the form a task gives it.
import { likelihoodMetrics } from "#harness/stats/likelihood.ts";
import type { Task } from "#harness/task/contract.ts";

export const PERPLEXITY_METRICS: Task["metrics"] = ["perplexity", "nats-per-token", "bits-per-character"];

export const evaluatePerplexity: Task["evaluate"] = (nats, counts) => ({
  ...likelihoodMetrics(nats, counts),
});
