// GLUE QNLI: does a sentence answer a question? All splits are cut from GLUE's development set, the part there is.
import { accuracy } from "#harness/stats/quality.ts";
import type { Task } from "#harness/task/contract.ts";
import { SMOKE, smallPreset } from "#tasks/encoding/presets.ts";
import { classOf, fileOf, tsvRows } from "#tasks/encoding/read-rows.ts";
import { cutAll } from "#tasks/encoding/rows.ts";
import { textTask } from "#tasks/encoding/text-task.ts";
import { pairBackbones } from "#tasks/models/text.ts";
import { qnliSource, SAMPLE_FILE } from "./qnli.source.ts";

const COLUMNS = { label: "label", texts: ["question", "sentence"] } as const;
const TEST_ROWS = 1_000;
const target = classOf(["not_entailment", "entailment"]);

export const task: Task = textTask({
  id: "glue-qnli",
  family: "glue",
  title: "GLUE QNLI (development set)",
  description:
    "Whether a sentence of an encyclopaedia answers a question. Training, validation and test rows are all cut from the development set of GLUE, by groups without a common question or sentence: scores do not compare with those of papers.",
  version: 1,
  source: qnliSource,
  sample: { file: SAMPLE_FILE, texts: COLUMNS.texts, target },
  backbones: pairBackbones,
  // 1 s a step at 64 tokens and twice that for a pair; one pair in seven is longer.
  maxTokens: 64,
  metrics: ["accuracy"],
  classes: ["not entailment", "entailment"],
  floor: {
    value: 0.736,
    what: "at least 42 % of the question's words occur in the sentence, no training: 0.7357 on all 5,463 pairs",
  },
  scales: {
    smoke: SMOKE,
    small: smallPreset({ trainRows: 3_500, validationRows: 400, epochs: 1 }),
  },
  async rows(source, preset) {
    const rows = await tsvRows(fileOf(source, "dev.tsv"), COLUMNS, target);
    return cutAll(rows, TEST_ROWS, preset, "glue-qnli");
  },
  evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, 2) }),
});
