// GLUE SST-2: is a sentence of a film review positive or negative?
import { accuracy } from "#harness/stats/quality.ts";
import type { Task } from "#harness/task/contract.ts";
import { bertPreset, SMOKE, smallPreset } from "#tasks/encoding/presets.ts";
import { classOf, fileOf, tsvRows } from "#tasks/encoding/read-rows.ts";
import { cutValidation } from "#tasks/encoding/rows.ts";
import { textTask } from "#tasks/encoding/text-task.ts";
import { textBackbones } from "#tasks/models/text.ts";
import { SAMPLE_FILE, sst2Source } from "./sst2.source.ts";

const COLUMNS = { label: "label", texts: ["sentence"] } as const;
const target = classOf(["0", "1"]);

export const task: Task = textTask({
  id: "glue-sst2",
  family: "glue",
  title: "GLUE SST-2",
  description: "Sentiment of a sentence from a film review: negative or positive.",
  version: 1,
  source: sst2Source,
  sample: { file: SAMPLE_FILE, texts: COLUMNS.texts, target },
  backbones: textBackbones,
  metrics: ["accuracy"],
  classes: ["negative", "positive"],
  floor: { value: 0.821, what: "bag-of-words logistic regression on all 67,349 training rows" },
  scales: {
    smoke: SMOKE,
    small: smallPreset({ trainRows: 14_000, validationRows: 2_000, epochs: 1 }),
    full: bertPreset({ validationRows: 2_000, epochs: 3 }),
  },
  async rows(source, preset) {
    const read = (name: string) => tsvRows(fileOf(source, name), COLUMNS, target);
    return cutValidation(
      { train: await read("train.tsv"), test: await read("dev.tsv") },
      preset,
      "glue-sst2",
    );
  },
  evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, 2) }),
});
