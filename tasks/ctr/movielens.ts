// MovieLens 100K split by time: will a user like a film?
import type { Task } from "#harness/task/contract.ts";
import { ctrSmall, ctrSmoke } from "#tasks/encoding/ctr-presets.ts";
import { ctrTask } from "#tasks/encoding/ctr-task.ts";
import { ctrBackbones } from "#tasks/models/ctr.ts";
import { CLICK_METRICS, evaluateClicks } from "./click.metrics.ts";
import { movielensFields, splitByTime } from "./movielens.rows.ts";
import { movielensSource } from "./movielens.source.ts";

export const task: Task = ctrTask({
  id: "ctr-movielens",
  title: "MovieLens 100K, split by time",
  description:
    "Whether a user rates a film 4 or 5, from user, film and what is known of both; test ratings are later than all others, and most are of users that training has never seen.",
  version: 1,
  source: movielensSource,
  backbones: ctrBackbones,
  // 85 % of test ratings are of users that training does not know. They share the row of rare users, which many training
  // rows must teach.
  fields: movielensFields(100),
  metrics: CLICK_METRICS,
  floor: {
    value: 0.702,
    what: "logistic regression on one-hot user and film, trained on the first 80 % in time",
  },
  scales: {
    smoke: ctrSmoke("deepfm"),
    small: ctrSmall({ backbone: "deepfm", validationRows: 2_500, epochs: 2 }),
  },
  rows: splitByTime,
  evaluate: evaluateClicks,
});
