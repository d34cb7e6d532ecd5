// SUBJ: does a sentence about a film state an opinion or tell the plot?
import { accuracy } from "#harness/stats/quality.ts";
import type { Task } from "#harness/task/contract.ts";
import { bertPreset, SMOKE, smallPreset } from "#tasks/encoding/presets.ts";
import { classOf, fileOf, westernLines } from "#tasks/encoding/read-rows.ts";
import { cutAll, type TextRow } from "#tasks/encoding/rows.ts";
import { textTask } from "#tasks/encoding/text-task.ts";
import { textBackbones } from "#tasks/models/text.ts";
import { SAMPLE_FILE, subjSource } from "./subj.source.ts";

/** The authors give no split and report ten folds: one tenth is test. */
const TEST_ROWS = 1_000;
const FILES = ["subj.objective", "subj.subjective"] as const;

export const task: Task = textTask({
  id: "text-subj",
  family: "text",
  title: "SUBJ",
  description:
    "Whether a sentence about a film is objective (from a plot summary) or subjective (from a review).",
  version: 1,
  source: subjSource,
  sample: { file: SAMPLE_FILE, texts: ["sentence"], target: classOf(["0", "1"]) },
  backbones: textBackbones,
  metrics: ["accuracy"],
  classes: ["objective", "subjective"],
  floor: { value: 0.897, what: "bag-of-words logistic regression, another split of the same rows" },
  scales: {
    smoke: SMOKE,
    small: smallPreset({ trainRows: null, validationRows: 1_000, epochs: 1 }),
    full: bertPreset({ validationRows: 1_000, epochs: 3 }),
  },
  async rows(source, preset) {
    const rows: TextRow[] = [];
    for (const [target, name] of FILES.entries())
      for (const { text } of await westernLines(fileOf(source, name))) rows.push({ texts: [text], target });
    return cutAll(rows, TEST_ROWS, preset, "text-subj");
  },
  evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, 2) }),
});
