// TREC question classification, fifty fine classes, on the same questions as text-trec.
import { accuracy } from "#harness/stats/quality.ts";
import type { Task } from "#harness/task/contract.ts";
import { bertPreset, SMOKE, smallPreset } from "#tasks/encoding/presets.ts";
import { classOf } from "#tasks/encoding/read-rows.ts";
import { cutValidation } from "#tasks/encoding/rows.ts";
import { textTask } from "#tasks/encoding/text-task.ts";
import { textBackbones } from "#tasks/models/text.ts";
import { FINE, trecQuestions } from "./trec.questions.ts";
import { SAMPLE_FILE, trecSource } from "./trec.source.ts";

const target = classOf(FINE);

export const task: Task = textTask({
  id: "text-trec50",
  family: "text",
  title: "TREC questions, 50 classes",
  description:
    "The kind of answer that a question wants, in fifty classes: a date, a city, a colour, a reason and so on.",
  version: 1,
  source: trecSource,
  sample: { file: SAMPLE_FILE, texts: ["sentence"], target },
  backbones: textBackbones,
  metrics: ["accuracy"],
  classes: FINE,
  // Binary word counts, 20 passes; the same regression reaches 0.860 on the six classes.
  floor: { value: 0.758, what: "bag-of-words logistic regression on the 5,452 training questions" },
  scales: {
    smoke: SMOKE,
    small: smallPreset({ trainRows: null, validationRows: 500, epochs: 3 }),
    full: bertPreset({ validationRows: 500, epochs: 3 }),
  },
  // The same draw as text-trec: its validation questions are this task's.
  rows: async (source, preset) => cutValidation(await trecQuestions(source, target), preset, "text-trec"),
  evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, FINE.length) }),
});
