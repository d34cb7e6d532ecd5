// WordNet's glosses: what kind of thing does a definition define?
import { accuracy } from "#harness/stats/quality.ts";
import type { Task } from "#harness/task/contract.ts";
import { bertPreset, SMOKE, smallPreset } from "#tasks/encoding/presets.ts";
import { classOf } from "#tasks/encoding/read-rows.ts";
import { cutByKeys } from "#tasks/encoding/rows.ts";
import { textTask } from "#tasks/encoding/text-task.ts";
import { textBackbones } from "#tasks/models/text.ts";
import { glossesSource, SAMPLE_FILE } from "./glosses.source.ts";
import { LEXICOGRAPHER_FILES, wordnetGlosses } from "./glosses.synsets.ts";

const TEST_ROWS = 3_000;

export const task: Task = textTask({
  id: "text-glosses",
  family: "text",
  title: "WordNet glosses, 41 classes",
  description:
    "The kind of thing or doing that a dictionary definition defines, by WordNet's lexicographer files: animal, food, feeling, motion and so on. No word or definition of the test split occurs in another.",
  version: 1,
  source: glossesSource,
  sample: { file: SAMPLE_FILE, texts: ["sentence"], target: classOf(LEXICOGRAPHER_FILES) },
  backbones: textBackbones,
  // One definition in two hundred is longer.
  maxTokens: 48,
  metrics: ["accuracy"],
  classes: LEXICOGRAPHER_FILES,
  floor: { value: 0.644, what: "bag-of-words logistic regression on the same 12,000 definitions" },
  scales: {
    smoke: SMOKE,
    small: smallPreset({ trainRows: 12_000, validationRows: 1_000, epochs: 1 }),
    full: bertPreset({ validationRows: 1_000, epochs: 3 }),
  },
  rows: async (source, preset) => cutByKeys(await wordnetGlosses(source), TEST_ROWS, preset, "text-glosses"),
  evaluate: (scores, targets) => ({ accuracy: accuracy(scores, targets, LEXICOGRAPHER_FILES.length) }),
});
