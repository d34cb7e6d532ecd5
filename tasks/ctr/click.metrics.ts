// Quality of click predictions: one log-odds a row against what was clicked.
import { calibrationError, logLoss } from "#harness/stats/calibration.ts";
import { auc } from "#harness/stats/ranking.ts";
import type { Task } from "#harness/task/contract.ts";

export const CLICK_METRICS: Task["metrics"] = ["auc", "log-loss", "calibration-error"];

/**
 * AUC by score, log loss and calibration by the sigmoid of the score. Calibration compares the predicted chance of a click
 * with the share of clicks, not the chance of the likelier answer with the share of right ones.
 */
export const evaluateClicks: Task["evaluate"] = (scores, targets) => {
  const chances = Float64Array.from(scores, (score) => 1 / (1 + Math.exp(-score)));
  return {
    auc: auc(scores, targets),
    "log-loss": logLoss(chances, targets),
    "calibration-error": calibrationError(chances, targets),
  };
};
