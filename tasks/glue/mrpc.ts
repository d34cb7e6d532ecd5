// GLUE MRPC: do two sentences from news say the same?
import { f1 } from "#harness/stats/classification.ts";
import { accuracy, predictedClasses } from "#harness/stats/quality.ts";
import type { Task } from "#harness/task/contract.ts";
import { bertPreset, SMOKE, smallPreset } from "#tasks/encoding/presets.ts";
import { classOf } from "#tasks/encoding/read-rows.ts";
import { keepSplits } from "#tasks/encoding/rows.ts";
import { textTask } from "#tasks/encoding/text-task.ts";
import { pairBackbones } from "#tasks/models/text.ts";
import { mrpcPairs } from "./mrpc.pairs.ts";
import { mrpcSource, SAMPLE_FILE } from "./mrpc.source.ts";

export const task: Task = textTask({
  id: "glue-mrpc",
  family: "glue",
  title: "GLUE MRPC",
  description:
    "Whether two sentences from news reports paraphrase each other. The corpus's own labelled test set is the test split, GLUE's development pairs are validation.",
  version: 1,
  source: mrpcSource,
  sample: { file: SAMPLE_FILE, texts: ["sentence1", "sentence2"], target: classOf(["0", "1"]) },
  backbones: pairBackbones,
  metrics: ["accuracy", "f1"],
  classes: ["different", "paraphrase"],
  floor: { value: 0.696, what: "bag-of-words logistic regression; always the more frequent class: 0.665" },
  scales: {
    smoke: SMOKE,
    small: smallPreset({ trainRows: null, validationRows: 408, epochs: 1 }),
    full: bertPreset({ validationRows: 408, epochs: 3 }),
  },
  rows: async (source, preset) => keepSplits(await mrpcPairs(source), preset, "glue-mrpc"),
  evaluate: (scores, targets) => ({
    accuracy: accuracy(scores, targets, 2),
    f1: f1(predictedClasses(scores, 2), targets),
  }),
});
