// GLUE MRPC: do two sentences from news say the same?
import type { Task } from "#harness/task/contract.ts";
import { keepSplits } from "#tasks/encoding/rows.ts";
import { glueTask } from "./glue.task.ts";
import { MRPC_COLUMNS, mrpcPairs, mrpcTarget } from "./mrpc.pairs.ts";
import { mrpcSource, SAMPLE_FILE } from "./mrpc.source.ts";

export const task: Task = glueTask({
  name: "mrpc",
  title: "GLUE MRPC",
  description:
    "Whether two sentences from news reports paraphrase each other. The corpus's own labelled test set is the test split, GLUE's development pairs are validation.",
  source: mrpcSource,
  sampleFile: SAMPLE_FILE,
  sampleTexts: ["sentence1", "sentence2"],
  columns: MRPC_COLUMNS,
  target: mrpcTarget,
  metrics: ["accuracy", "f1"],
  classes: ["different", "paraphrase"],
  floor: { value: 0.696, what: "bag-of-words logistic regression; always the more frequent class: 0.665" },
  small: { trainRows: null, validationRows: 408, epochs: 1 },
  full: { validationRows: 408, epochs: 3 },
  rows: async (source, preset) => keepSplits(await mrpcPairs(source), preset, "glue-mrpc"),
});
