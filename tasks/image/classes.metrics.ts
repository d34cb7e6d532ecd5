// What every image task measures: the share of images whose highest score is their class.
import { accuracy } from "#harness/stats/quality.ts";
import type { Task } from "#harness/task/contract.ts";

const CLASSES = 10;

export const evaluateClasses: Task["evaluate"] = (scores, targets) => ({
  accuracy: accuracy(scores, targets, CLASSES),
});
