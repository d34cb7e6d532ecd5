// Criteo display advertising: is an advertisement clicked? 13 numbers and 26 hashed categories.
import { readTsv } from "#harness/data/tsv.ts";
import type { Task } from "#harness/task/contract.ts";
import { categories, numbers } from "#tasks/encoding/categorical-field.ts";
import { clickRows } from "#tasks/encoding/click-table.ts";
import { ctrSmall, ctrSmoke } from "#tasks/encoding/ctr-presets.ts";
import { firstRows } from "#tasks/encoding/ctr-rows.ts";
import { ctrTask } from "#tasks/encoding/ctr-task.ts";
import { fileOf } from "#tasks/encoding/read-rows.ts";
import { ctrBackbones } from "#tasks/models/ctr.ts";
import { CLICK_METRICS, evaluateClicks } from "./click.metrics.ts";
import { criteoSource } from "./criteo.source.ts";

const named = (letter: string, count: number) => Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
const NUMBERS = named("I", 13);
const CATEGORIES = named("C", 26);
const NAMES = ["label", ...NUMBERS, ...CATEGORIES];

export const task: Task = ctrTask({
  id: "ctr-criteo",
  title: "Criteo Display Advertising, 8,000 rows",
  description:
    "Whether an advertisement is clicked, from 13 counts and 26 hashed categories. Too small to rank methods: one standard error of a test AUC is 0.03.",
  version: 1,
  source: criteoSource,
  backbones: ctrBackbones,
  fields: [...numbers(...NUMBERS), ...categories(5, ...CATEGORIES)],
  metrics: CLICK_METRICS,
  floor: { value: 0.72, what: "logistic regression on one-hot columns, same rows" },
  scales: {
    smoke: ctrSmoke("deepfm"),
    small: ctrSmall({ backbone: "deepfm", validationRows: 409, epochs: 2, batchSize: 128 }),
  },
  async rows(source, preset) {
    const read = (name: string) => {
      const file = fileOf(source, name);
      const table = () => readTsv(file, { columns: NAMES, names: NAMES });
      return clickRows({ file, label: "label", fields: [...NUMBERS, ...CATEGORIES], read: table });
    };
    return {
      train: firstRows(read("train.txt"), preset.trainRows),
      validation: firstRows(read("dev.txt"), preset.validationRows),
      test: read("test.txt"),
    };
  },
  evaluate: evaluateClicks,
});
