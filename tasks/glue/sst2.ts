// GLUE SST-2: is a sentence of a film review positive or negative?
import type { Task } from "#harness/task/contract.ts";
import { classOf } from "#tasks/encoding/read-rows.ts";
import { glueTask } from "./glue.task.ts";
import { SAMPLE_FILE, sst2Source } from "./sst2.source.ts";

export const task: Task = glueTask({
  name: "sst2",
  title: "GLUE SST-2",
  description: "Sentiment of a sentence from a film review: negative or positive.",
  source: sst2Source,
  sampleFile: SAMPLE_FILE,
  columns: { label: "label", texts: ["sentence"] },
  target: classOf(["0", "1"]),
  metrics: ["accuracy"],
  classes: ["negative", "positive"],
  floor: { value: 0.821, what: "bag-of-words logistic regression on all 67,349 training rows" },
  small: { trainRows: 14_000, validationRows: 2_000, epochs: 1 },
  full: { validationRows: 2_000, epochs: 3 },
});
