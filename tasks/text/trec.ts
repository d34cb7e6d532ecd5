// TREC question classification, six coarse classes: what kind of answer does a question want?
import { accuracy } from "#harness/stats/quality.ts";
import type { Task } from "#harness/task/contract.ts";
import { bertPreset, SMOKE, smallPreset } from "#tasks/encoding/presets.ts";
import { classOf, type TargetReader } from "#tasks/encoding/read-rows.ts";
import { cutValidation } from "#tasks/encoding/rows.ts";
import { textTask } from "#tasks/encoding/text-task.ts";
import { textBackbones } from "#tasks/models/text.ts";
import { COARSE, coarseOf, trecQuestions } from "./trec.questions.ts";
import { SAMPLE_FILE, trecSource } from "./trec.source.ts";

const classes = classOf(COARSE.map(([label]) => label));
const target: TargetReader = (label, place) => classes(coarseOf(label), place);

export const task: Task = textTask({
  id: "text-trec",
  family: "text",
  title: "TREC questions, 6 classes",
  description:
    "The kind of answer that a question wants: abbreviation, description, entity, human, location or number.",
  version: 1,
  source: trecSource,
  sample: { file: SAMPLE_FILE, texts: ["sentence"], target },
  backbones: textBackbones,
  metrics: ["accuracy"],
  classes: COARSE.map(([, name]) => name),
  floor: { value: 0.878, what: "bag-of-words logistic regression on the 5,452 training questions" },
  scales: {
    smoke: SMOKE,
    small: smallPreset({ trainRows: null, validationRows: 500, epochs: 2 }),
    full: bertPreset({ validationRows: 500, epochs: 3 }),
  },
  rows: async (source, preset) => cutValidation(await trecQuestions(source, target), preset, "text-trec"),
  evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, COARSE.length) }),
});
