// GLUE STS-B: how alike is the meaning of two sentences?
import type { Task } from "#harness/task/contract.ts";
import { shareOf } from "#tasks/encoding/read-rows.ts";
import { glueTask } from "./glue.task.ts";
import { SAMPLE_FILE, stsbSource } from "./stsb.source.ts";

export const task: Task = glueTask({
  name: "stsb",
  title: "GLUE STS-B",
  description:
    "How alike two sentences are in meaning, from 0 (unrelated) to 5 (equivalent), predicted as a share of 5.",
  source: stsbSource,
  sampleFile: SAMPLE_FILE,
  columns: { label: "score", texts: ["sentence1", "sentence2"] },
  // Divided by 5, so that a fresh head starts near the targets; both correlations are the same for any positive factor.
  target: shareOf(0, 5),
  metrics: ["pearson", "spearman"],
  classes: null,
  floor: {
    value: 0.65,
    what: "share of common words (Jaccard, lower case) of the two sentences, no training: 0.6498 on the test pairs",
  },
  small: { trainRows: null, validationRows: 575, epochs: 2 },
  full: { validationRows: 575, epochs: 3 },
});
