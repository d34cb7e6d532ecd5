// GLUE RTE: does a passage entail a sentence?
import { accuracy } from "#harness/stats/quality.ts";
import type { Task } from "#harness/task/contract.ts";
import { bertPreset, SMOKE, smallPreset } from "#tasks/encoding/presets.ts";
import { classOf, fileOf, tsvRows } from "#tasks/encoding/read-rows.ts";
import { cutValidation } from "#tasks/encoding/rows.ts";
import { textTask } from "#tasks/encoding/text-task.ts";
import { pairBackbones } from "#tasks/models/text.ts";
import { rteSource, SAMPLE_FILE } from "./rte.source.ts";

const COLUMNS = { label: "label", texts: ["sentence1", "sentence2"] } as const;
const target = classOf(["not_entailment", "entailment"]);

export const task: Task = textTask({
  id: "glue-rte",
  family: "glue",
  title: "GLUE RTE",
  description: "Whether a passage of news or encyclopaedia entails a sentence.",
  version: 1,
  source: rteSource,
  sample: { file: SAMPLE_FILE, texts: COLUMNS.texts, target },
  backbones: pairBackbones,
  // Two passages in nine are longer; pairs at 96 cost 3 s a step already.
  maxTokens: 96,
  metrics: ["accuracy"],
  classes: ["not entailment", "entailment"],
  // 277 test pairs: one standard error is 3 points, so that few methods differ here.
  floor: { value: 0.527, what: "always the more frequent class (a bag of words reaches 0.469)" },
  scales: {
    smoke: SMOKE,
    small: smallPreset({ trainRows: null, validationRows: 250, epochs: 1 }),
    full: bertPreset({ validationRows: 250, epochs: 3 }),
  },
  async rows(source, preset) {
    const read = (name: string) => tsvRows(fileOf(source, name), COLUMNS, target);
    return cutValidation({ train: await read("train.tsv"), test: await read("dev.tsv") }, preset, "glue-rte");
  },
  evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, 2) }),
});
