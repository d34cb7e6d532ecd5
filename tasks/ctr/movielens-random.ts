// MovieLens 100K split at random: will a user like a film, where other ratings of the same user are known?
import type { Task } from "#harness/task/contract.ts";
import { ctrSmall, ctrSmoke } from "#tasks/encoding/ctr-presets.ts";
import { ctrTask } from "#tasks/encoding/ctr-task.ts";
import { ctrBackbones } from "#tasks/models/ctr.ts";
import { CLICK_METRICS, evaluateClicks } from "./click.metrics.ts";
import { MOVIELENS_FIELDS, splitAtRandom } from "./movielens.rows.ts";
import { movielensSource } from "./movielens.source.ts";

const ID = "ctr-movielens-random";

export const task: Task = ctrTask({
  id: ID,
  title: "MovieLens 100K, split at random",
  description:
    "Whether a user rates a film 4 or 5, from user, film and what is known of both; later ratings help to predict earlier ones, as in most papers.",
  version: 1,
  source: movielensSource,
  backbones: ctrBackbones,
  fields: MOVIELENS_FIELDS,
  metrics: CLICK_METRICS,
  floor: { value: 0.774, what: "logistic regression on one-hot user and film, trained on a random 80 %" },
  scales: {
    smoke: ctrSmoke("deepfm"),
    small: ctrSmall({ backbone: "deepfm", validationRows: 2_500, epochs: 3 }),
  },
  rows: (source, preset) => splitAtRandom(source, preset, ID),
  evaluate: evaluateClicks,
});
